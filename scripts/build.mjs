// Builds what is stale into out/. Quick when nothing is.
//
//   node scripts/build.mjs [--force]
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { withBuildLock } from './lib/build-lock.mjs'
import { buildTargets } from './lib/build-targets.mjs'
import { inRoot, root } from './lib/root.mjs'
import { recordBuilt, staleTargets } from './lib/stale-targets.mjs'

const KEEP_OLD_CHUNKS_MS = 24 * 3_600_000

/** Brings out/ up to date. Says what it built on stderr; throws when a target does not build. */
export async function build({ force = false } = {}) {
  if (force) rmSync(inRoot('out', '.stamp'), { recursive: true, force: true })
  if (staleTargets().length === 0) return
  await withBuildLock(async () => {
    const started = Date.now()
    const targets = staleTargets()
    for (const target of targets) await buildTarget(target)
    const names = targets.map((target) => target.name).join(', ')
    if (names !== '') console.error(`allowance: built ${names} in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  })
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

/** Moves what was built to its place, the entry last: whoever starts meanwhile sees the old build or the new one, never half of each. */
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
  await build({ force: process.argv.includes('--force') }).catch((error) => {
    console.error(`allowance: the build failed\n${error.stack ?? error}`)
    process.exitCode = 1
  })
}
