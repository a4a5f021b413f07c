/** What a provider's own usage and cost API reports of one UTC day and model. */
export interface ReportedUsage {
  provider: 'openai' | 'anthropic'
  /** `2026-11-23`, UTC: the days of these reports. */
  day: string
  model: string
  /** Null where the report does not count calls. */
  calls: number | null
  /** All input, cached too. */
  inputTokens: number
  cacheReadTokens: number
  outputTokens: number
  /** Null where no cost is reported for this model and day. */
  costNanos: number | null
}

/** A page of a report: what it holds, and the mark by which the next one is asked for. */
export interface ReportPage {
  usages: ReportedUsage[]
  nextPage: string | null
}

/** One request for a report, below the provider's origin. */
export interface ReportQuery {
  path: string
  parameters: readonly (readonly [string, string])[]
}

/** Adds up what two reports, or two names of one model, say of the same day. */
export function sumReported(a: ReportedUsage, b: ReportedUsage): ReportedUsage {
  return {
    ...a,
    calls: addKnown(a.calls, b.calls),
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costNanos: addKnown(a.costNanos, b.costNanos),
  }
}

function addKnown(a: number | null, b: number | null): number | null {
  return a === null ? b : a + (b ?? 0)
}
