import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import type { CommandHook, Hook, Webhook } from '../../../shared/rules/hooks.ts'
import { type HookPayload, slackBody } from '../../core/ledger/outward/hook-facts.ts'
import { httpPost } from '../../platform/network/http-post.ts'

export interface DeliveryMeans {
  env: Readonly<Record<string, string | undefined>>
  /** The proxy on the way to a URL; null for none. Never ourselves. */
  proxyFor(url: string): string | null
  ca: string | null
  clock(): number
}

/** A receiver that takes longer than this has failed. */
const TIMEOUT_MS = 10_000

/** Sends one event to one hook. Throws an Error that says what failed. */
export async function deliver(hook: Hook, payload: HookPayload, means: DeliveryMeans): Promise<void> {
  if ('command' in hook) await runCommand(hook, payload, means)
  else await post(hook, payload, means)
}

/** What a hook is called in status and log: never its address, which can be a secret. */
export function nameOfHook(hook: Hook): string {
  if ('command' in hook) return hook.command[0]!
  return hook.urlFromEnv ?? new URL(hook.url ?? '').host
}

/** No shell: what an event says can never become part of a command. */
function runCommand({ command }: CommandHook, payload: HookPayload, { env }: DeliveryMeans): Promise<void> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: env as NodeJS.ProcessEnv,
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: TIMEOUT_MS,
      windowsHide: true,
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(signal === null ? `it ended with ${code}` : `it took longer than ${TIMEOUT_MS / 1_000} s`))
    })
    // A program that does not read its input is no fault.
    child.stdin.on('error', () => {})
    child.stdin.end(`${JSON.stringify(payload)}\n`)
  })
}

async function post(hook: Webhook, payload: HookPayload, means: DeliveryMeans): Promise<void> {
  const url = hook.url ?? variable(hook.urlFromEnv ?? '', means)
  const body = JSON.stringify(hook.format === 'slack' ? slackBody(payload) : payload)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'allowance',
    'x-allowance-event': payload.event,
    'x-allowance-delivery': payload.id,
  }
  if (hook.secretFromEnv !== undefined)
    headers['x-allowance-signature'] = signature(variable(hook.secretFromEnv, means), means.clock(), body)
  const status = await httpPost(url, { body, headers, timeoutMs: TIMEOUT_MS, proxy: means.proxyFor(url), ca: means.ca })
  if (status < 200 || status >= 300) throw new Error(`it answered ${status}`)
}

/** `t=1790000000,v1=hex`: HMAC-SHA256 of `t.body`. The time is signed with it, so that an old message can be told. */
export function signature(secret: string, nowMs: number, body: string): string {
  const seconds = Math.floor(nowMs / 1_000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

function variable(name: string, { env }: DeliveryMeans): string {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`the variable ${name} is not set`)
  return value
}
