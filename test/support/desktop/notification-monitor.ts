import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { startProgram, stopProgram } from '../child-process.ts'
import type { DesktopSession } from './display.ts'

export interface SeenNotification {
  title: string
  body: string
}

/** Reads along on a session's bus what programs ask its notification daemon to show. */
export class NotificationMonitor {
  readonly seen: SeenNotification[] = []
  readonly #changes = new EventEmitter()
  readonly #child: ChildProcess
  /** The text arguments of the call that is being read: application, icon, title, body. */
  #texts: string[] | null = null

  private constructor(child: ChildProcess) {
    this.#child = child
    createInterface({ input: child.stdout as Readable }).on('line', (line) => this.#read(line))
  }

  /** Resolves when it listens. */
  static async start({ env }: DesktopSession): Promise<NotificationMonitor> {
    const filter = "interface='org.freedesktop.Notifications',member='Notify'"
    const child = startProgram('dbus-monitor', ['--session', filter], { env })
    const monitor = new NotificationMonitor(child)
    // The bus announces to a new monitor that it has lost its own name: from then on it hears all.
    await once(monitor.#changes, 'listening')
    return monitor
  }

  async waitFor(accepts: (notification: SeenNotification) => boolean): Promise<SeenNotification> {
    for (;;) {
      const found = this.seen.find(accepts)
      if (found) return found
      await once(this.#changes, 'seen')
    }
  }

  async stop(): Promise<void> {
    await stopProgram(this.#child)
  }

  #read(line: string): void {
    if (/member=NameLost/.test(line)) this.#changes.emit('listening')
    if (/member=Notify/.test(line)) this.#texts = []
    const text = /^ {3}string "(.*)"$/.exec(line)?.[1]
    if (text === undefined || this.#texts === null) return
    this.#texts.push(text)
    if (this.#texts.length < 4) return
    const [, , title = '', body = ''] = this.#texts
    this.#texts = null
    this.seen.push({ title, body })
    this.#changes.emit('seen')
  }
}
