/** The figures of `--ledger` as tables. */
export function ledgerTable({ sizes, procedures, verbs, idlePercent, memory }) {
  const none = sizes[0]
  return [
    ...tableOf([
      ['calls in the ledger', ...sizes.map(({ calls }) => calls.toLocaleString('en'))],
      ['ms a call', ...sizes.map(({ callMs }) => against(callMs, none.callMs))],
      ['processor ms a call', ...sizes.map(({ cpuMsPerCall }) => against(cpuMsPerCall, none.cpuMsPerCall))],
      ['serve ready, ms', ...sizes.map(({ readyMs }) => readyMs.toFixed(0))],
      ['ledger bytes a call', ...sizes.map(({ bytesPerCall }) => bytesPerCall?.toFixed(0) ?? '–')],
    ]),
    '',
    ...tableOf([
      [`answers over ${sizes.at(-1).calls.toLocaleString('en')} calls`, 'ms', 'the first time'],
      ...procedures.map(({ name, ms, firstMs }) => [name, ms.toFixed(1), firstMs.toFixed(0)]),
    ]),
    '',
    ...tableOf([
      ['command line', 'ms', 'processor ms'],
      ...verbs.map(({ name, ms, cpuMs }) => [name, ms.toFixed(0), cpuMs.toFixed(0)]),
    ]),
    '',
    `idle with 20 connections: ${idlePercent.toFixed(2)} % of a processor`,
    `memory: ${memory.beforeMb.toFixed(0)} MB before the first call, ${memory.afterMb.toFixed(0)} MB after ${memory.calls}`,
  ].join('\n')
}

const against = (value, base) =>
  value === base ? value.toFixed(2) : `${value.toFixed(2)} (${(value / base).toFixed(2)}×)`

function tableOf(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  return lines
}
