import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The dashboard's link and the proxy's address, from what `serve` tells a person. */
export async function readWelcome(gateway: ChildProcess): Promise<{ link: string; proxy: string }> {
  let link: string | undefined
  for await (const line of createInterface({ input: gateway.stdout as Readable })) {
    link ??= /Dashboard +(http:\S+)/.exec(line)?.[1]
    const proxy = /Proxy +(http:\S+)/.exec(line)?.[1]
    if (link && proxy) return { link, proxy }
  }
  throw new Error('serve ended before it was ready')
}
