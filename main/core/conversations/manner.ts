import { objectOf } from '../metering/framing/lenient-json.ts'

/** What steers the model's dice, under the names of all dialects. */
const SAMPLING = [
  'temperature',
  'top_p',
  'topP',
  'top_k',
  'topK',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'thinkingConfig',
  'verbosity',
  'n',
]
/** Where some dialects put it. */
const NESTED = ['generationConfig', 'inferenceConfig', 'options', 'text']

/** How a model is asked: which one, and with which dice. A prompt that is asked in another manner is another question. */
export function mannerOf(model: string | null, body: unknown): string {
  const outer = objectOf(body)
  const places = [outer, ...NESTED.map((name) => objectOf(outer[name]))]
  return JSON.stringify([model, ...places.map((place) => SAMPLING.map((name) => place[name]))])
}
