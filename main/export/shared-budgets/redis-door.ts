import { createHash } from 'node:crypto'
import { createClient } from '@redis/client'
import { messageOf } from '../../../shared/contract/errors.ts'

export interface RedisPlace {
  /** `redis://` or `rediss://host:port/db`, without user and password. */
  url: string
  username: string | null
  password: string | null
  /** Certificates to trust beside the runtime's own, as PEM. */
  ca: string | null
}

/** A server that runs scripts; every trouble of it is an error of the one call. */
export interface ScriptServer {
  run(script: string, keys: readonly string[], values: readonly string[]): Promise<readonly unknown[]>
  close(): void
}

/** A server that needs longer than this has failed; the connection is made anew, because it may be half open. */
const TIMEOUT_MS = 5_000
const LONGEST_RECONNECT_MS = 1_000

/**
 * A connection to Redis or Valkey that is made anew whenever it breaks. Nothing is queued while there is none: who asks
 * is told at once, and asks again with what is true by then. `onReady` is called after every (re)connection.
 */
export function connectRedis(place: RedisPlace, onReady: () => void): ScriptServer {
  let isClosed = false
  let trouble: string | null = null
  let triedAtMs = 0
  let client = open()
  return {
    async run(script, keys, values) {
      const used = client
      if (!used.isReady) {
        // It took the connection and never said a word: nothing of the client's own would end that.
        if (performance.now() - triedAtMs > TIMEOUT_MS) reopen(used)
        throw new Error(trouble ?? 'there is no connection yet')
      }
      const rest = [String(keys.length), ...keys, ...values]
      const answer = await inTime(
        used.sendCommand(['EVALSHA', sha1(script), ...rest]).catch((error: unknown) => {
          // A server that was started anew does not know the script.
          if (!messageOf(error).includes('NOSCRIPT')) throw error
          return used.sendCommand(['EVAL', script, ...rest])
        }),
        () => reopen(used),
      )
      return answer as unknown as readonly unknown[]
    },
    close() {
      isClosed = true
      destroy(client)
    },
  }

  function open() {
    triedAtMs = performance.now()
    const made = createClient({
      url: place.url,
      ...(place.username === null ? {} : { username: place.username }),
      ...(place.password === null ? {} : { password: place.password }),
      disableOfflineQueue: true,
      // Both are commands that a narrow ACL user may not run.
      disableClientInfo: true,
      maintNotifications: 'disabled',
      socket: {
        connectTimeout: TIMEOUT_MS,
        reconnectStrategy: (retries: number) =>
          Math.min(LONGEST_RECONNECT_MS, 50 * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2),
        ...(place.url.startsWith('rediss:') ? { tls: true as const, ...(place.ca ? { ca: place.ca } : {}) } : {}),
      },
    })
    made.on('reconnecting', () => {
      triedAtMs = performance.now()
    })
    made.on('error', (error: unknown) => {
      trouble = describe(error)
    })
    made.on('ready', () => {
      trouble = null
      if (made === client && !isClosed) onReady()
    })
    void made.connect().catch((error: unknown) => {
      trouble = describe(error)
    })
    return made
  }

  function reopen(used: typeof client): void {
    if (isClosed || used !== client) return
    trouble = `no answer within ${TIMEOUT_MS / 1_000} s`
    client = open()
    destroy(used)
  }
}

function destroy(client: { destroy(): void }): void {
  try {
    client.destroy()
  } catch {
    // It was closed already.
  }
}

/** Several addresses that were tried come as one error without words of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return messageOf(error)
}

function inTime<T>(answer: Promise<T>, onTimeout: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`))
      onTimeout()
    }, TIMEOUT_MS)
    timer.unref()
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
