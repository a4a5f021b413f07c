import { chromium, type Browser } from 'playwright-core'
import { findChromium } from '../../../scripts/lib/machine.mjs'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Only this machine: a page that reaches for the internet in a test is a bug, and shall fail as one.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

/** A headless Chromium with a fresh profile; the caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no Chromium; guard the suite with machineLacks("chromium")')
  return chromium.launch({ executablePath, args: FLAGS, headless: true })
}
