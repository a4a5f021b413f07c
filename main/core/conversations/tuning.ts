import { tuned } from '../../../shared/values/tuned.ts'

/** Every chosen number of loop detection: what it is, where it comes from, and what happens when it is wrong. */
export const TUNING = tuned({
  NEWLY_ASKED_CHARACTERS: {
    value: 2,
    unit: 'characters',
    source: 'two: another word or number in what is asked for is another try',
    ifWrong: 'higher: small edits count as repetition; lower: nothing changes',
  },
  NEWLY_ANSWERED_CHARACTERS: {
    value: 24,
    unit: 'characters',
    source: 'chosen: four words or so; checked on recorded sessions (docs/loops.md)',
    ifWrong: 'higher: small changes of an answer count as repetition; lower: noise in an answer hides a loop',
  },
  LEAST_STALENESS: {
    value: 0.1,
    unit: 'share',
    source: 'a step that weighs less adds nothing that could decide',
    ifWrong: 'higher: runs break early; lower: the money of long-past steps is counted as burnt',
  },
  MOST_THINGS: {
    value: 4,
    unit: 'different steps',
    source: 'twenty steps without anything new are a loop, whatever their number: five repeats of four',
    ifWrong: 'higher: long cycles run on; lower: reading the same files once more looks like a loop',
  },
  POLLING_GAP_MS: {
    value: 1_000,
    unit: 'ms, mean over the run',
    source: 'tools that answer faster are not being waited for',
    ifWrong: 'higher: slow loops are stopped sooner, and so is waiting; lower: slow tools are taken for waiting',
  },
  PACE_EXPONENT: {
    value: 3,
    unit: 'power of the share by which pauses are too long',
    source: 'chosen: pauses of two seconds leave an eighth of the evidence, so that who waits is left alone',
    ifWrong: 'higher: slow tools are taken for waiting; lower: who looks every few seconds is stopped',
  },
  PATIENCE_NANOS: {
    value: 500_000_000,
    unit: 'nano-dollars',
    source: 'fifty cents: nobody looks up for less',
    ifWrong: 'higher: expensive polling and slow loops run on; lower: waiting with a long context is interrupted',
  },
  PATIENCE_SHARE: {
    value: 0.05,
    unit: "share of the day's cap",
    source: 'fifty cents of ten dollars: the same share for smaller caps',
    ifWrong: 'as above',
  },
  OTHER_WORDS_SHARE: {
    value: 0.25,
    unit: 'share of a repetition',
    source: 'chosen: lines in another order may be a log that goes on',
    ifWrong: 'higher: who follows a log is stopped; lower: failures in another order run on',
  },
  LATE_WORDS_SHARE: {
    value: 0.5,
    unit: 'share of a repetition',
    source: 'chosen: twice the above once a run is as long as any cycle would have to be',
    ifWrong: 'as above, for runs of twenty steps and more',
  },
  RARE_ANSWERS_SHARE: {
    value: 0.25,
    unit: 'different answers a step',
    source: 'chosen: a name that dice made differs now and then; a log that goes on differs nearly always',
    ifWrong: 'higher: a log that goes on counts as noise; lower: one odd answer makes a loop a log',
  },
  NOISE_SHARE: {
    value: 0.65,
    unit: 'share of a repetition',
    source: 'chosen: seven measurements in a row are work',
    ifWrong: 'higher: measuring is stopped; lower: failing tests that take another time each run on',
  },
  MOST_NOISE: {
    value: 8,
    unit: 'changing numbers of one answer',
    source: 'chosen: test runners print six durations; a list of prices has more numbers',
    ifWrong: 'higher: who pages through a table of numbers is stopped; lower: loops with much noise run on',
  },
  HARDLY_MOVES: {
    value: 0.01,
    unit: 'share of the number',
    source: 'process ids of one program grow by a few in tens of thousands (Gemini CLI prints one with each command)',
    ifWrong: 'higher: slow progress counts as none; lower: loops that print process ids run on',
  },
  CLOCK_SLACK: {
    value: 1,
    unit: 'units of the clock',
    source: 'a clock shows whole units: two readings may be one further apart than the time between them',
    ifWrong: 'higher: slow counters count as clocks; lower: clocks count as progress',
  },
  CLOCK_DRIFT: {
    value: 0.1,
    unit: 'share of the time that passed',
    source: 'chosen: the clock is read some time before the call that tells of it arrives',
    ifWrong: 'as above',
  },
  ONE_WAY_SHARE: {
    value: 0.1,
    unit: 'share of a repetition',
    source: 'chosen: numbers that only ever go one way may be progress, or name the piece at hand',
    ifWrong: 'higher: progress is stopped; lower: loops with a clock in them run on until they are expensive',
  },
  FAILURE_SHARE: {
    value: 0.5,
    unit: 'share of a repetition',
    source: 'chosen: other tries with the very same failure are weaker evidence than the same try',
    ifWrong: 'higher: a stubborn problem looks like a loop; lower: futile tries run on',
  },
})
