import { Worker } from 'node:worker_threads'
import type { CountResult, CountTask } from './token-worker.ts'

/** No batch that is let in takes this long; a thread that does is stuck. */
const STUCK_AFTER_MS = 15_000
/** A thread that fails this often in a row will not be started again: something is wrong with it, not with a text. */
const MAX_FAILURES = 3

/** Counting leaves little behind: room for more would only be taken. */
const YOUNG_MB = 4

interface Waiting {
  resolve(tokens: number[]): void
  reject(error: Error): void
}

/** Counts in its own thread, so that no text can hold up the loop. Rejects when the thread fails; it is then started again. */
export interface TokenThread {
  count(texts: string[]): Promise<number[]>
  close(): Promise<void>
}

export function createTokenThread(workerPath: string): TokenThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let watchdog: NodeJS.Timeout | null = null
  let nextId = 1
  let failures = 0
  /** What one turn of the event loop asks goes in one message: waking a thread costs more than counting a sentence. */
  let outbox: CountTask[] = []

  function start(): Worker {
    const started = new Worker(workerPath, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    // The thread serves the process; it is no reason for it to live.
    started.unref()
    started.on('message', (results: CountResult[]) => {
      failures = 0
      for (const { id, tokens } of results) {
        waiting.get(id)?.resolve(tokens)
        waiting.delete(id)
      }
      watch()
    })
    const fail = (error: Error) => {
      if (worker !== started) return
      failures++
      stop(error)
    }
    started.on('error', fail)
    started.on('exit', (code) => fail(new Error(`the token thread ended with code ${code}`)))
    return started
  }

  function stop(error: Error): void {
    const stopped = worker
    worker = null
    outbox = []
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    watch()
    void stopped?.terminate()
  }

  function send(): void {
    if (outbox.length === 0) return
    worker ??= start()
    worker.postMessage(outbox)
    outbox = []
  }

  /** The clock starts again with every answer: as long as some come, the thread is not stuck. */
  function watch(): void {
    if (watchdog) clearTimeout(watchdog)
    watchdog = null
    if (waiting.size === 0) return
    watchdog = setTimeout(() => {
      failures++
      stop(new Error('the token thread is stuck'))
    }, STUCK_AFTER_MS)
    watchdog.unref()
  }

  return {
    count(texts) {
      if (failures >= MAX_FAILURES) return Promise.reject(new Error('the token thread failed too often'))
      const task: CountTask = { id: nextId++, texts }
      const answer = new Promise<number[]>((resolve, reject) => waiting.set(task.id, { resolve, reject }))
      if (outbox.push(task) === 1) setImmediate(send)
      if (waiting.size === 1) watch()
      return answer
    },
    async close() {
      const closed = worker
      stop(new Error('the token thread was closed'))
      await closed?.terminate()
    },
  }
}
