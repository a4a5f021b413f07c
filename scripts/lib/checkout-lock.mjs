import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { inRoot } from './root.mjs'

const POLL_MS = 50
/** An install may take minutes; a lock this old was left by a machine that went down. */
const ABANDONED_MS = 30 * 60_000

/**
 * Runs `work` while no other process of this checkout runs work of that name: two commands typed at once install once
 * and build once.
 */
export async function withCheckoutLock(name, work) {
  const lock = inRoot('out', `.${name}`)
  mkdirSync(inRoot('out'), { recursive: true })
  while (!take(lock)) await delay(POLL_MS)
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (isAbandoned(lock)) rmSync(lock, { force: true })
  return false
}

function isAbandoned(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > ABANDONED_MS) return true
    const owner = Number(readFileSync(lock, 'utf8'))
    if (owner > 0) process.kill(owner, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
