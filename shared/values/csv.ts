/** RFC 4180, with a header. Text that a spreadsheet would run as a formula is made text again. */
export function toCsv(names: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const line = (values: readonly unknown[]) => `${values.map(cell).join(',')}\r\n`
  return line(names) + rows.map((row) => line(names.map((name) => row[name]))).join('')
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const harmless = typeof value === 'string' && /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
