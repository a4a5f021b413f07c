import { tuned } from '../../../../shared/values/tuned.ts'

/** Every chosen number of quotes and what they learn from: what it is, where it comes from, and what happens when it is wrong. */
export const TUNING = tuned({
  DEFAULT_MAX_OUTPUT_TOKENS: {
    value: 16_384,
    unit: 'output tokens',
    source: 'the usual maximum of models that name none',
    ifWrong: 'higher: holds too large; lower: a long answer outgrows its hold',
  },
  DEFAULT_CONTEXT_WINDOW: {
    value: 128_000,
    unit: 'tokens',
    source: 'the usual window of models that name none',
    ifWrong: 'higher: too much is held for stored input; lower: too little',
  },
  UNLEARNED_OUTPUT_TOKENS: {
    value: 1_024,
    unit: 'output tokens',
    source: 'chosen: a page, before anything is known of a model',
    ifWrong: 'higher: what a first call is expected to cost is shown too high; lower: too low',
  },
  UNLEARNED_HIGH_OUTPUT_TOKENS: {
    value: 4_096,
    unit: 'output tokens',
    source: 'chosen: some pages; held for the first calls of a model, and forgotten after five',
    ifWrong: 'higher: the first calls of a model wait for one another; lower: they are clamped or cut',
  },
  ENOUGH_SAMPLES: {
    value: 5,
    unit: 'calls',
    source: 'chosen: fewer say nothing of a distribution',
    ifWrong: 'higher: defaults are used for longer; lower: an odd first answer counts',
  },
  NEWEST_WEIGHT: {
    value: 0.15,
    unit: 'share',
    source: 'chosen: the last dozen calls count most',
    ifWrong: 'higher: jumpy; lower: slow to follow a change of work',
  },
  REMEMBERED_OUTPUTS: {
    value: 64,
    unit: 'calls',
    source: 'enough for a p99 that is not the maximum of a handful',
    ifWrong: 'higher: memory; lower: the p99 is the maximum',
  },
  MIN_INPUT_FOR_RATIO: {
    value: 200,
    unit: 'tokens',
    source: 'overheads drown the ratio of a shorter prompt',
    ifWrong: 'higher: learns from fewer calls; lower: learns noise',
  },
  MIN_OUTPUT_FOR_RATIO: {
    value: 50,
    unit: 'tokens',
    source: 'as above',
    ifWrong: 'as above',
  },
  REMEMBERED_RATIOS: {
    value: 15,
    unit: 'calls',
    source: 'chosen: the worst of so many is the worst to be expected of the next in 15 of 16 cases',
    ifWrong: 'higher: one odd call costs for longer; lower: holds come out too small',
  },
  PRIOR_RATIOS: {
    value: 2,
    unit: 'calls',
    source: 'chosen: the first call alone decides nothing',
    ifWrong: 'higher: slow to learn; lower: one odd call decides',
  },
  SAME_PREFIX_SHARE: {
    value: 0.6,
    unit: 'share of the last input',
    source: 'chosen: a prompt that shrank more was compacted or begun anew',
    ifWrong: 'higher: hits are not foreseen; lower: misses are',
  },
  ABORT_DELAY_MS: {
    value: 250,
    unit: 'ms',
    source: 'measured: a provider goes on for about this long after its client has left',
    ifWrong: 'higher: unused budget; lower: overshoot of streams that are cut',
  },
  MAX_TOKENS_PER_SECOND: {
    value: 3_000,
    unit: 'tokens/s',
    source: 'no provider writes faster; a burst of chunks would say so',
    ifWrong: 'higher: margins too large after a burst; lower: too small for a faster one',
  },
  FADING: {
    value: 0.9,
    unit: 'share kept with each stream',
    source: 'chosen: the largest step is forgotten over some twenty streams',
    ifWrong: 'higher: one large chunk counts for long; lower: it is forgotten at once',
  },
})
