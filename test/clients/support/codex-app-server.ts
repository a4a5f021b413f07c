import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { installed } from './matrix.ts'

type Message = { id?: number; method?: string; params?: Record<string, unknown>; result?: Record<string, unknown> }

/** One Codex that stays open, as an editor runs it: turns and `/compact` in one conversation. */
export class CodexAppServer {
  readonly #child: ChildProcess
  #last = 0
  #waiting: { fits: (message: Message) => boolean; resolve: (message: Message) => void }[] = []
  #threadId = ''

  constructor(gateway: string, folder: string, userHome: string) {
    mkdirSync(userHome, { recursive: true })
    const bin = path.join(installed('agents') ?? '', 'node_modules/.bin/codex')
    this.#child = spawn(bin, ['app-server', '-c', `openai_base_url="${gateway}/openai/v1"`], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: userHome, NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const message = JSON.parse(line) as Message
      const heard = this.#waiting.filter(({ fits }) => fits(message))
      this.#waiting = this.#waiting.filter((one) => !heard.includes(one))
      for (const { resolve } of heard) resolve(message)
    })
  }

  async begin(folder: string): Promise<void> {
    await this.#ask('initialize', { clientInfo: { name: 'editor', title: 'Editor', version: '1' } })
    this.#send({ method: 'initialized' })
    await this.#ask('account/login/start', { type: 'apiKey', apiKey: 'sk-test' })
    const started = await this.#ask('thread/start', {
      model: 'gpt-5',
      cwd: folder,
      approvalPolicy: 'never',
      sandbox: 'danger-full-access',
    })
    this.#threadId = String((started.result?.['thread'] as { id: string } | undefined)?.id)
  }

  /** How a turn ended: what failed, null when nothing did. */
  turn(text: string): Promise<string | null> {
    return this.#untilOver('turn/start', { threadId: this.#threadId, input: [{ type: 'text', text }] })
  }

  /** The user's `/compact`. */
  compact(): Promise<string | null> {
    return this.#untilOver('thread/compact/start', { threadId: this.#threadId })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.kill()
    await closed
  }

  async #untilOver(method: string, params: Record<string, unknown>): Promise<string | null> {
    const over = this.#heard((message) => message.method === 'turn/completed')
    await this.#ask(method, params)
    const turn = (await over).params?.['turn'] as { error: { message: string } | null } | undefined
    return turn?.error?.message ?? null
  }

  #ask(method: string, params: Record<string, unknown>): Promise<Message> {
    this.#last += 1
    const id = this.#last
    const answered = this.#heard((message) => message.id === id && message.method === undefined)
    this.#send({ id, method, params })
    return answered
  }

  #heard(fits: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }))
  }

  #send(message: Message): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
}
