/** An address as we compare it: no brackets, no zone, and IPv4 as IPv4 even where a dual-stack socket maps it. */
export function plainAddress(address: string): string {
  const zoneless = address.replace(/^\[|\]$/g, '').split('%')[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(zoneless)?.[1]
  return mapped ?? zoneless.toLowerCase()
}
