import { tuned } from '../../../../shared/values/tuned.ts'

/** Every chosen number of shared budgets: what it is, where it comes from, and what happens when it is wrong. */
export const TUNING = tuned({
  LEASE_MS: {
    value: 600_000,
    unit: 'ms without news',
    source: 'chosen: a server that is restarted or moved is back sooner',
    ifWrong:
      'higher: a machine that vanished keeps its slice from the others for longer; lower: work stops with the server',
  },
  TRUSTED_SHARE: {
    value: 0.9,
    unit: 'share of the lease',
    source: 'chosen: the rest is what two clocks may drift apart, so that we stop before the server forgets',
    ifWrong: 'higher: two machines may use one slice; lower: work stops early while the server is away',
  },
  HEARTBEAT_MS: {
    value: 3_000,
    unit: 'ms',
    source: 'half of RECOVERY_MS: every machine has reported before a server that lost its state leases again',
    ifWrong: 'higher: what was spent is leased once more; lower: more requests',
  },
  RECOVERY_MS: {
    value: 6_000,
    unit: 'ms',
    source: 'two heartbeats, so that one may be lost',
    ifWrong: 'higher: calls wait after a restart of the server; lower: what was spent is leased once more',
  },
  REPORT_MS: {
    value: 1_000,
    unit: 'ms',
    source: 'chosen: what people take for at once',
    ifWrong: 'higher: other machines show and refuse by older sums; lower: more requests',
  },
  VAIN_MS: {
    value: 150,
    unit: 'ms',
    source: 'a few round trips within one network',
    ifWrong: 'higher: a waiting call notices room late; lower: more requests',
  },
  IDLE_MS: {
    value: 5_000,
    unit: 'ms',
    source: 'chosen: agents pause for about so long between calls',
    ifWrong: 'higher: slices lie idle; lower: the next call has to ask first',
  },
  IDLE_WHEN_SCARCE_MS: {
    value: 400,
    unit: 'ms',
    source: 'two looks at the leases (shared-budgets.ts)',
    ifWrong: 'higher: calls elsewhere wait for what nobody uses; lower: machines pass slices to and fro',
  },
  SLICE_SECONDS: {
    value: 2,
    unit: 'seconds at the present pace',
    source: 'several round trips of a slow server',
    ifWrong: 'higher: more lies idle; lower: calls wait for the server',
  },
  SLICE_STEPS: {
    value: 2,
    unit: 'of the largest steps of late',
    source: 'two calls may begin between a request and its answer',
    ifWrong: 'as above',
  },
  FIRST_SLICE: {
    value: 0.02,
    unit: 'share of the limit',
    source: 'chosen: fifty machines can hold one; calls begin faster than a pace is learned',
    ifWrong: 'higher: more lies idle; lower: the first call of a machine waits',
  },
  PACE_MS: {
    value: 1_000,
    unit: 'ms in which a pace fades to a third',
    source: 'chosen: bursts of parallel calls last about so long',
    ifWrong: 'higher: slices stay large after a burst; lower: they are small within one',
  },
  STEP_MS: {
    value: 30_000,
    unit: 'ms in which the largest step fades to a third',
    source: 'chosen: some turns of an agent',
    ifWrong: 'higher: one large call keeps much ready for long; lower: the next large one waits',
  },
})
