import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { startProgram, stopProgram } from '../child-process.ts'
import type { DesktopSession } from './display.ts'

/** Debian's own Python: another one on the PATH does not see the bindings that apt installs. */
const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('tray-watcher.py', import.meta.url))

export interface TrayRow {
  label: string
  isEnabled: boolean
}

/** A tray on a session's bus, of which a test reads the menu and presses the rows. */
export class TrayWatcher {
  #rows: TrayRow[] = []
  readonly #changes = new EventEmitter()
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const said = JSON.parse(line) as { menu?: TrayRow[]; ready?: boolean; error?: string }
      if (said.menu) this.#rows = said.menu
      this.#changes.emit('change', said)
    })
  }

  /** Starts it; the session has to have a bus. Resolves when icons can register. */
  static async start({ env }: DesktopSession): Promise<TrayWatcher> {
    const child = startProgram(PYTHON, [SCRIPT], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const watcher = new TrayWatcher(child)
    await once(watcher.#changes, 'change')
    return watcher
  }

  get labels(): string[] {
    return this.#rows.map(({ label }) => label)
  }

  /** The rows of the menu, as soon as `accepts` is true of their labels. */
  async waitFor(accepts: (labels: string[]) => boolean): Promise<TrayRow[]> {
    while (!accepts(this.labels)) await once(this.#changes, 'change')
    return this.#rows
  }

  press(label: string): void {
    ;(this.#child.stdin as Writable).write(`${JSON.stringify({ press: label })}\n`)
  }

  async stop(): Promise<void> {
    await stopProgram(this.#child)
  }
}
