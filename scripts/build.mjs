// Builds what is stale into out/. Quick when nothing is.
//
//   node scripts/build.mjs [--force]
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { withCheckoutLock } from './lib/checkout-lock.mjs'
import { buildTargets } from './lib/build-targets.mjs'
import { inRoot, root } from './lib/root.mjs'
import { recordBuilt, staleTargets } from './lib/stale-targets.mjs'

const KEEP_OLD_CHUNKS_MS = 24 * 3_600_000

/**
 * Brings out/ up to date. Says on stderr what was built and what did not build.
 * Returns the names of the targets that failed; what had been built of them before stays in place.
 */
export async function tryBuild({ force = false } = {}) {
  if (force) rmSync(inRoot('out', '.stamp'), { recursive: true, force: true })
  if (staleTargets().length === 0) return []
  return withCheckoutLock('building', async () => {
    const startedMs = Date.now()
    const targets = staleTargets()
    const failed = []
    for (const target of targets) if (!(await hasBuilt(target))) failed.push(target.name)
    const built = targets.map(({ name }) => name).filter((name) => !failed.includes(name))
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1)
    if (built.length > 0) console.error(`allowance: built ${built.join(', ')} in ${seconds} s`)
    return failed
  })
}

/** As tryBuild, but throws when a target does not build. */
export async function build(options) {
  const failed = await tryBuild(options)
  if (failed.length > 0) throw new Error(`did not build: ${failed.join(', ')}; the reasons stand above`)
}

async function hasBuilt(target) {
  try {
    await buildTarget(target)
    return true
  } catch (error) {
    console.error(`allowance: ${target.name} does not build\n${error.message ?? error}`)
    return false
  }
}

async function buildTarget(target) {
  const { build: viteBuild } = await import('vite')
  const workFolder = inRoot('out', `.work-${target.name}`)
  rmSync(workFolder, { recursive: true, force: true })
  try {
    await viteBuild({
      root: target.folder ? inRoot(target.folder) : root,
      configFile: inRoot(`vite.config.${target.config}.ts`),
      logLevel: 'warn',
      build: { outDir: workFolder, emptyOutDir: true, ...(target.file ? nodeEntry(target) : {}) },
    })
    publish(target, workFolder)
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
  recordBuilt(target)
}

function nodeEntry({ entry, file, split, name }) {
  const output = {
    entryFileNames: path.basename(file),
    chunkFileNames: `${name}-chunks/[name]-[hash].cjs`,
    codeSplitting: split === true,
  }
  return { ssr: inRoot(entry), rolldownOptions: { output } }
}

/** Moves what was built to its place, the entry last: a program that starts meanwhile sees the old build or the new one, never half of each. */
function publish(target, workFolder) {
  if (target.folder) return replaceFolder(workFolder, inRoot('out', target.folder))
  const place = inRoot('out', path.dirname(target.file))
  const entry = path.basename(target.file)
  mkdirSync(place, { recursive: true })
  const others = readdirSync(workFolder).filter((name) => name !== entry)
  for (const name of others) mergeFolder(path.join(workFolder, name), path.join(place, name))
  renameSync(path.join(workFolder, entry), path.join(place, entry))
}

/** Adds a build's chunks beside those of builds before it: a gateway that has been running since then may still load one. */
function mergeFolder(from, to) {
  mkdirSync(to, { recursive: true })
  const built = readdirSync(from)
  for (const name of built) renameSync(path.join(from, name), path.join(to, name))
  for (const name of readdirSync(to)) {
    const ageMs = Date.now() - statSync(path.join(to, name)).mtimeMs
    if (!built.includes(name) && ageMs > KEEP_OLD_CHUNKS_MS) rmSync(path.join(to, name))
  }
}

function replaceFolder(from, to) {
  const old = `${to}.old`
  rmSync(old, { recursive: true, force: true })
  if (existsSync(to)) renameSync(to, old)
  renameSync(from, to)
  rmSync(old, { recursive: true, force: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = buildTargets.filter((target) => !existsSync(inRoot(target.entry))).map((target) => target.entry)
  if (missing.length > 0) console.error(`allowance: no source yet for ${missing.join(', ')}`)
  const failed = await tryBuild({ force: process.argv.includes('--force') })
  process.exitCode = failed.length > 0 ? 1 : 0
}
