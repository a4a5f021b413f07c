import { NO_USAGE, totalTokens, type Usage } from '../../../shared/calls/usage.ts'
import { countOf, type JsonObject, objectOf } from '../metering/framing/lenient-json.ts'
import { type LineReading, nameOf, type SessionFormat, timeOf } from './session-line.ts'

/** What earlier lines of the file said. */
interface Known {
  session: string | null
  /** The session that this one was forked from, whose answers its file repeats. */
  root: string | null
  provider: string
  model: string | null
  folder: string | null
  branch: string | null
  /** The session's tokens so far, as last reported. */
  total: Usage
}

/**
 * Codex writes the session's totals and the last answer's tokens after each answer, and again whenever it reports its
 * limits: only totals that grew tell of an answer. Model and folder stand on lines before. A resumed or forked session
 * repeats the lines of the old one, so an answer is known by the totals it led to.
 */
export const codexFormat: SessionFormat = {
  agent: 'codex',
  marks: ['"token_count"', '"turn_context"', '"session_meta"'],
  open() {
    const known: Known = {
      session: null,
      root: null,
      provider: 'openai',
      model: null,
      folder: null,
      branch: null,
      total: NO_USAGE,
    }
    return (value) => {
      const line = objectOf(value)
      const payload = objectOf(line['payload'])
      if (line['type'] === 'session_meta') return learnSession(known, payload)
      if (line['type'] === 'turn_context') return learnTurn(known, payload)
      if (line['type'] !== 'event_msg' || payload['type'] !== 'token_count') return 'skip'
      return readCount(known, objectOf(payload['info']), timeOf(line['timestamp']))
    }
  },
}

/** The first one is the file's own; those after it were copied with the lines of an older session. */
function learnSession(known: Known, meta: JsonObject): 'skip' {
  if (known.session !== null) return 'skip'
  known.session = nameOf(meta['id'])
  known.root = nameOf(meta['forked_from_id']) ?? known.session
  known.provider = nameOf(meta['model_provider']) ?? known.provider
  known.folder = typeof meta['cwd'] === 'string' ? meta['cwd'] : null
  known.branch = nameOf(objectOf(meta['git'])['branch'])
  return 'skip'
}

function learnTurn(known: Known, turn: JsonObject): 'skip' {
  known.model = nameOf(turn['model']) ?? known.model
  if (typeof turn['cwd'] === 'string') known.folder = turn['cwd']
  return 'skip'
}

function readCount(known: Known, info: JsonObject, atMs: number | null): LineReading {
  const total = usageOf(objectOf(info['total_token_usage']))
  const last = usageOf(objectOf(info['last_token_usage']))
  // Limits are reported before the first answer too, with nothing about tokens.
  if (!total && !last) return 'skip'
  if (total && totalTokens(total) === totalTokens(known.total)) return 'skip'
  const usage = last ?? difference(total ?? NO_USAGE, known.total)
  if (total) known.total = total
  if (totalTokens(usage) === 0) return 'skip'
  const { session, root, model } = known
  if (session === null || model === null || atMs === null) return 'malformed'
  const { uncachedInput, cacheRead, output, reasoning } = total ?? usage
  const mark = [uncachedInput, cacheRead, output, reasoning, ...(total ? [] : [atMs])].join(':')
  return {
    id: `codex:${root}:${mark}`,
    agent: 'codex',
    provider: known.provider,
    model,
    serviceTier: null,
    session,
    folder: known.folder,
    branch: known.branch,
    atMs,
    usage,
  }
}

/** Input counts what was cached, output what was reasoned. */
function usageOf(raw: JsonObject): Usage | null {
  const input = countOf(raw['input_tokens'])
  const output = countOf(raw['output_tokens'])
  if (input === null && output === null) return null
  const cached = Math.min(countOf(raw['cached_input_tokens']) ?? 0, input ?? 0)
  return {
    ...NO_USAGE,
    uncachedInput: (input ?? 0) - cached,
    cacheRead: cached,
    output: output ?? 0,
    reasoning: Math.min(countOf(raw['reasoning_output_tokens']) ?? 0, output ?? 0),
  }
}

function difference(total: Usage, before: Usage): Usage {
  const less = (name: 'uncachedInput' | 'cacheRead' | 'output' | 'reasoning') => Math.max(0, total[name] - before[name])
  const output = less('output')
  return {
    ...NO_USAGE,
    uncachedInput: less('uncachedInput'),
    cacheRead: less('cacheRead'),
    output,
    reasoning: Math.min(less('reasoning'), output),
  }
}
