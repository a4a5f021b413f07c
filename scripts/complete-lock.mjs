// Adds to package-lock.json the optional platform packages that a registry mirror did not have when the lock was made.
// npm leaves such a package out without a word, and then `npm ci` refuses the lock everywhere.
//
//   node scripts/complete-lock.mjs           after every change of a dependency
//   node scripts/complete-lock.mjs --check   exit 1 if something is missing
//
// What is added carries no checksum, because none could be fetched; `npm install` on a machine of that platform adds it.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inRoot } from './lib/root.mjs'

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

/** Entries that `packages` (of a lock of version 3) lacks, by their path. */
export function missingEntries(packages) {
  const missing = {}
  for (const [path, entry] of Object.entries(packages))
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {}))
      if (!isResolved(packages, path, name)) missing[`node_modules/${name}`] = platformEntry(name, version, entry)
  return missing
}

/** True if `name`, asked for by the package at `path`, is found there or in a folder above, the way Node looks. */
function isResolved(packages, path, name) {
  const parts = path.split('node_modules/')
  return parts.some((_, index) => {
    const parent = parts
      .slice(0, parts.length - index)
      .join('node_modules/')
      .replace(/\/$/, '')
    return `${parent === '' ? '' : `${parent}/`}node_modules/${name}` in packages
  })
}

function platformEntry(name, version, parent) {
  const words = name.split(/[/-]/)
  const system = words.find((word) => SYSTEMS.includes(word))
  const processor = words.find((word) => PROCESSORS.includes(word))
  if (!/^\d+\.\d+\.\d+/.test(version) || system === undefined || processor === undefined)
    throw new Error(`${name}@${version} is missing from the lock and is no platform package: run npm install`)
  const library = system === 'linux' ? words.map((word) => LIBRARIES[word]).find(Boolean) : undefined
  return {
    version,
    cpu: [processor],
    ...(parent.dev ? { dev: true } : {}),
    ...(library ? { libc: [library] } : {}),
    license: parent.license,
    optional: true,
    os: [system],
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = inRoot('package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingEntries(lock.packages)
  const names = Object.keys(missing)
  if (process.argv.includes('--check')) process.exitCode = names.length > 0 ? 1 : 0
  else if (names.length > 0) {
    const all = { ...lock.packages, ...missing }
    // The order npm itself would write, so that its next run changes nothing.
    const sorted = Object.keys(all).sort((a, b) => a.localeCompare(b, 'en'))
    lock.packages = Object.fromEntries(sorted.map((path) => [path, all[path]]))
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  }
  for (const name of names) console.error(`${process.exitCode === 1 ? 'missing' : 'added'} ${name}`)
}
