import { parentPort } from 'node:worker_threads'
import { loadTokenizer } from '../../core/metering/tokens/tokenizer.ts'

/** What the counter sends to its worker, and gets back: the same id, a count for each text. */
export interface CountTask {
  id: number
  texts: string[]
}

export interface CountResult {
  id: number
  tokens: number[]
}

const tokenizer = loadTokenizer()

parentPort?.on('message', (tasks: CountTask[]) => {
  void tokenizer.then(({ count }) => {
    const results: CountResult[] = tasks.map(({ id, texts }) => ({ id, tokens: texts.map(count) }))
    parentPort?.postMessage(results)
  })
})
