import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Spike } from '../../../shared/contract/explore.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { nanosOf, usd } from '../format/amounts.ts'
import { dimensionTitle, rowWords } from '../calls/dimension-words.ts'
import { moment } from '../format/times.ts'
import { causeWords, whyFacts } from '../calls/why-words.ts'

/** The rise as plain text that also reads as Markdown: who, what, why and how much. It holds no prompt, because none is kept. */
export function spikeReport(spike: Spike, nowMs: number): string {
  const time = (at: string) => moment(at, spike.timezone, nowMs)
  const lines = [
    `# Spend from ${time(spike.since)} to ${time(spike.until)} (${spike.timezone})`,
    '',
    `- Spent: ${usd(spike.costUsd)} in ${spike.calls} calls (${usd(spike.beforeUsd)} in the period before)`,
    ...(spike.refused > 0 ? [`- Refused: ${spike.refused} calls`] : []),
    ...(spike.why.cause === null
      ? []
      : [
          `- Cause: ${causeWords(spike.why)}`,
          `- ${spike.why.sentence}`,
          ...whyFacts(spike.why).map((fact) => `- ${fact}`),
        ]),
    ...spikeFacts(spike).map(({ name, value }) => `- ${name}: ${value}`),
    '',
    '## Who',
    '',
    ...spike.workloads.map(
      ({ name, costUsd, beforeUsd, calls }) =>
        `- ${name}: ${usd(costUsd)} in ${calls} calls (${usd(beforeUsd)} before)`,
    ),
    '',
    ...Object.entries(spike.parts).flatMap(([name, parts]) =>
      parts.length < 2
        ? []
        : [
            `- By ${dimensionTitle(name).toLowerCase()}: ${parts.map((part) => `${rowWords(name, part)} ${usd(part.costUsd)}`).join(', ')}`,
          ],
    ),
    '',
    '## Most expensive calls',
    '',
    ...spike.topCalls.map((call) => `- ${callLine(call)}`),
  ]
  return `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n`
}

function callLine(call: CallRecord): string {
  const context = call.contextTokens === null ? '' : `, ${formatTokens(call.contextTokens)} tokens of context`
  return `${call.startedAt} ${call.responseModel ?? call.requestModel ?? call.api}: ${usd(call.costUsd)}${context} (${call.id})`
}

/** What else is known of the workload beside its cause: the cache that was missed, and how its context grew. */
export function spikeFacts({ cacheMisses, context, why }: Spike): { name: string; value: string }[] {
  const facts: { name: string; value: string }[] = []
  if (cacheMisses.calls > 0 && why.cause !== 'cache-miss') {
    facts.push({
      name: 'Cache misses',
      value: `${cacheMisses.calls}, ${formatTokens(cacheMisses.tokens)} tokens paid for again, ${usd(cacheMisses.costUsd)}`,
    })
  }
  if (context && why.cause !== 'context-growth') {
    facts.push({
      name: 'Context',
      value: `${formatTokens(context.firstTokens)} → ${formatTokens(context.lastTokens)} tokens`,
    })
  }
  return facts
}

/** How much more than before. */
export function riseUsd({ costUsd, beforeUsd }: { costUsd: string; beforeUsd: string }): string {
  const nanos = nanosOf(costUsd) - nanosOf(beforeUsd)
  return nanos >= 0 ? `+${usd(exactUsd(nanos))}` : `−${usd(exactUsd(-nanos))}`
}
