import { tuned } from '../../../../shared/values/tuned.ts'

/** Every chosen number of policy: what it is, where it comes from, and what happens when it is wrong. */
export const TUNING = tuned({
  SHARE_OF_WHAT_IS_LEFT: {
    value: 16,
    unit: '1/x of what is left',
    source:
      'chosen: a call that names no maximum may take this part, so that sixteen can run at once whatever their models could make',
    ifWrong: 'higher: answers are clamped earlier; lower: one call can hold the whole budget',
  },
  CLAMPED_MARGIN_TOKENS: {
    value: 64,
    unit: 'output tokens',
    source: 'the sentence that ends a stream, in every dialect',
    ifWrong: 'higher: unused budget; lower: the provider stops first and the sentence is not sent',
  },
  PLENTY: {
    value: 6,
    unit: 'usual answers',
    source:
      'test/bench/hold-sizing.ts, 24 crowds of ten throws: of 1 to 12 the least time and the fewest calls refused after a wait, for streams and plain calls together',
    ifWrong: 'higher: more of the last answers are clamped; lower: the last calls wait longer, some of them in vain',
  },
  MAX_DELAY_MS: {
    value: 20_000,
    unit: 'ms',
    source: 'what the least patient client bears before it retries',
    ifWrong: 'higher: clients time out and retry; lower: throttling slows less',
  },
  PATIENCE_MARGIN_MS: {
    value: 5_000,
    unit: 'ms',
    source: 'time for the answer itself on a busy machine',
    ifWrong: 'higher: questions are answered too early; lower: the client gives up first',
  },
  PATIENCE_MARGIN_SHARE: {
    value: 0.25,
    unit: 'share of the announced timeout',
    source: 'for short timeouts, so that something is left of them',
    ifWrong: 'as above',
  },
  MAX_RETRY_MS: {
    value: 60_000,
    unit: 'ms',
    source: 'the longest that SDKs obey in Retry-After',
    ifWrong: 'higher: SDKs ignore it; lower: they retry into the same limit',
  },
  USUAL_DAY_CAP_NANOS: {
    value: 10_000_000_000,
    unit: 'nano-dollars',
    source: "ten dollars: what shares of the day's cap are shares of where no rule sets one (docs/policy.md)",
    ifWrong: 'higher: loops of a developer without a cap burn more; lower: they are asked about for cents',
  },
  LEAST_SURGE_NANOS: {
    value: 500_000_000,
    unit: 'nano-dollars',
    source: 'fifty cents: nobody looks up for less',
    ifWrong: 'higher: small surges pass; lower: a quiet hour makes any work a surge',
  },
  FAN_OUT_LOOK_AGAIN_MS: {
    value: 5_000,
    unit: 'ms',
    source: 'sub-agents finish one by one, seconds apart',
    ifWrong: 'higher: freed places stay empty; lower: more checks',
  },
  CACHE_MISS_SHARE: {
    value: 0.1,
    unit: 'share of the context read from the cache',
    source: 'providers read whole prefixes or nothing',
    ifWrong: 'higher: partial reads count as misses; lower: misses are overlooked',
  },
  CACHE_KEPT_MS: {
    value: 300_000,
    unit: 'ms',
    source: 'the shortest time that providers document',
    ifWrong: 'higher: expiries count as misses; lower: misses are overlooked',
  },
  STORM_FACTOR: {
    value: 3,
    unit: "times the rule's repeats",
    source: 'different calls failing in a row are weaker evidence than one call failing',
    ifWrong: 'higher: storms last longer; lower: an outage looks like a storm',
  },
  MAX_COMPACTED: {
    value: 4,
    unit: 'compactions in a row',
    source: 'agents that cannot get below a limit compact for ever',
    ifWrong: 'higher: more is burnt; lower: a second try is refused',
  },
  COMPACTED_WITHIN_MS: {
    value: 1_800_000,
    unit: 'ms',
    source: 'one piece of work',
    ifWrong: 'higher: earlier work counts; lower: slow agents are never stopped',
  },
})
