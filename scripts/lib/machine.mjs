import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { findElectronRuntime } from '../electron-runtime.mjs'
import { findNodeRuntime } from '../node-runtime.mjs'

/** The one command that gives a Debian machine everything the tests can use. */
const PREPARE = '.ci/prepare'

/** What lets Debian's own Python play the part of a tray. */
const PYTHON_BINDINGS = ['dbus', 'gi'].map((name) => `/usr/lib/python3/dist-packages/${name}/__init__.py`)

/** Full path of a program on the PATH, or null. */
export function findProgram(name) {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null
}

/** Chromium or Chrome, or null. ALLOWANCE_TEST_CHROMIUM names another. */
export function findChromium() {
  const named = process.env.ALLOWANCE_TEST_CHROMIUM
  if (named) return existsSync(named) ? named : null
  return ['chromium', 'chromium-browser', 'google-chrome'].map(findProgram).find((file) => file !== null) ?? null
}

/** The Electron dist that end-to-end tests open, or null: a real one where it was downloaded, else the test runtime. */
export function findTestElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) return existsSync(path.join(override, 'electron')) ? override : null
  return findElectronRuntime()
}

/** Whether this user may make network namespaces: root in most places, nobody in a plain container. */
export function canMakeNamespaces() {
  if (process.getuid?.() !== 0 || findProgram('ip') === null) return false
  const name = `allowance-probe-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name], { stdio: 'ignore' }).status === 0
  if (made) spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
  return made
}

/** What end-to-end tests need besides Node, and whether this machine has it. `enable` is the command that would change that. */
export function machineNeeds() {
  const need = (id, tests, has) => ({ id, tests, has, enable: PREPARE })
  return [
    need('chromium', 'the dashboard in a browser tab', findChromium() !== null),
    need('xvfb', 'the desktop app on a display of its own', findProgram('Xvfb') !== null),
    need('electron', 'the desktop app', findTestElectron() !== null),
    need(
      'dbus',
      'notifications, the tray and the keyring',
      ['dbus-daemon', 'dbus-monitor', 'gdbus', 'dunst', 'gnome-keyring-daemon'].every(
        (name) => findProgram(name) !== null,
      ) && PYTHON_BINDINGS.every((file) => existsSync(file)),
    ),
    need('redis', 'budgets that are shared over machines', findProgram('redis-server') !== null),
    {
      ...need('node24', 'the built gateway on a newer Node', findNodeRuntime() !== null),
      enable: 'node scripts/node-runtime.mjs',
    },
    {
      id: 'netns',
      tests: 'a container that uses the gateway of its machine',
      has: canMakeNamespaces(),
      enable: 'sudo npm test -- --project integration',
    },
  ]
}
