import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { buildTargets } from './build-targets.mjs'
import { inRoot } from './root.mjs'

/** What every target depends on besides its own sources. */
const COMMON = ['package-lock.json', 'scripts/build.mjs', 'scripts/lib/build-targets.mjs']

const stampFile = (target) => inRoot('out', '.stamp', target.name)

/** The targets that have to be built, each with the stamp to record once it is. Reads no file but the stamps: a few milliseconds. */
export function staleTargets() {
  const seen = new Map()
  return buildTargets
    .filter((target) => existsSync(inRoot(target.entry)))
    .map((target) => ({ ...target, stamp: stampOf(target, seen) }))
    .filter((target) => !isFresh(target))
}

/** Records that a target was built from the sources as they were when its stamp was taken. */
export function recordBuilt(target) {
  mkdirSync(inRoot('out', '.stamp'), { recursive: true })
  writeFileSync(stampFile(target), target.stamp)
}

function isFresh(target) {
  const file = stampFile(target)
  return (
    existsSync(inRoot('out', target.file ?? `${target.folder}/index.html`)) &&
    existsSync(file) &&
    readFileSync(file, 'utf8') === target.stamp
  )
}

function stampOf(target, seen) {
  const hash = createHash('sha1')
  for (const source of [...COMMON, ...target.sources]) hash.update(fingerprint(inRoot(source), seen))
  return hash.digest('hex')
}

/** Name, size and time of every file below a path; unlike contents, these cost no reads. */
function fingerprint(file, seen) {
  const known = seen.get(file)
  if (known !== undefined) return known
  const stats = statSync(file, { throwIfNoEntry: false })
  let text = ''
  if (stats?.isDirectory())
    for (const name of readdirSync(file).sort()) text += fingerprint(path.join(file, name), seen)
  else if (stats) text = `${path.relative(inRoot(), file)} ${stats.size} ${stats.mtimeMs}\n`
  seen.set(file, text)
  return text
}
