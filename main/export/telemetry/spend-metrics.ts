import { type Attributes, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import { hrTime } from './call-span.ts'
import { SCOPE, type TelemetryResource } from './telemetry-resource.ts'

/** What metrics are split by. Sessions, branches and conversations are left to the spans: each would be its own series. */
const METRIC_DIMENSIONS = ['developer', 'project', 'agent', 'environment', 'kind', 'provider', 'model'] as const

interface Series {
  attributes: Attributes
  costNanos: number
  calls: number
  refused: number
  tokens: Record<TokenType, number>
}
type TokenType = 'input' | 'cache_read' | 'cache_creation' | 'output' | 'reasoning'

/** Cumulative metrics of everything that the ledger keeps, so that a receiver may miss any number of exports. */
export function spendMetrics(
  parts: readonly SpendPart[],
  resource: TelemetryResource,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): ResourceMetrics {
  const series = [...groupParts(parts).values()]
  const counter = (name: string, unit: string, description: string, points: [Attributes, number][]): MetricData => ({
    descriptor: { name, unit, description, valueType: unit === 'USD' ? ValueType.DOUBLE : ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    // A correction of prices can lower what was spent.
    isMonotonic: name !== 'allowance.spend' && name !== 'allowance.spend.nano_usd',
    dataPoints: points.map(([attributes, value]) => ({
      attributes,
      value,
      startTime: hrTime(sinceMs),
      endTime: hrTime(nowMs),
    })),
  })
  const of = (read: (one: Series) => number) => series.map((one): [Attributes, number] => [one.attributes, read(one)])
  return {
    resource,
    scopeMetrics: [
      {
        scope: SCOPE,
        metrics: [
          counter(
            'allowance.spend',
            'USD',
            'What settled calls cost.',
            of(({ costNanos }) => costNanos / 1e9),
          ),
          counter(
            'allowance.spend.nano_usd',
            '{nano_usd}',
            'The same, exactly.',
            of(({ costNanos }) => costNanos),
          ),
          counter(
            'allowance.calls',
            '{call}',
            'Calls that a provider answered.',
            of(({ calls }) => calls),
          ),
          counter(
            'allowance.refusals',
            '{call}',
            'Calls that were refused.',
            of(({ refused }) => refused),
          ),
          counter(
            'allowance.tokens',
            '{token}',
            'Tokens by type; reasoning is part of output.',
            series.flatMap((one) =>
              Object.entries(one.tokens).map(([type, value]): [Attributes, number] => [
                { ...one.attributes, 'gen_ai.token.type': type },
                value,
              ]),
            ),
          ),
        ],
      },
    ],
  }
}

function groupParts(parts: readonly SpendPart[]): Map<string, Series> {
  const groups = new Map<string, Series>()
  for (const { dimensions, costNanos, calls, refused, usage } of parts) {
    const values = METRIC_DIMENSIONS.flatMap((name): [string, string][] => {
      const value = dimensions.values[name]
      return value === undefined ? [] : [[name === 'model' ? 'gen_ai.request.model' : `allowance.${name}`, value]]
    })
    const attributes = Object.fromEntries([...values, ['allowance.billing', dimensions.billing]])
    const key = JSON.stringify(attributes)
    const sum = groups.get(key) ?? {
      attributes,
      costNanos: 0,
      calls: 0,
      refused: 0,
      tokens: { input: 0, cache_read: 0, cache_creation: 0, output: 0, reasoning: 0 },
    }
    groups.set(key, sum)
    sum.costNanos += costNanos
    sum.calls += calls
    sum.refused += refused
    sum.tokens.input += usage.uncachedInput + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
    sum.tokens.cache_read += usage.cacheRead
    sum.tokens.cache_creation += usage.cacheWrite5m + usage.cacheWrite1h
    sum.tokens.output += usage.output
    sum.tokens.reasoning += usage.reasoning
  }
  return groups
}
