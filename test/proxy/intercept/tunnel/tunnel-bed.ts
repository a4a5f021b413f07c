import type { AddressInfo, Server, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach } from 'vitest'
import { startProxy } from '../proxy-harness.ts'

type Proxy = Awaited<ReturnType<typeof startProxy>>

/** A proxy for each test, and what listens beside it; all is closed when the test ends. */
export function tunnelBed() {
  const closers: (() => void)[] = []
  const bed = {
    proxy: null as unknown as Proxy,
    /** Closes something else when the test ends. */
    afterwards: (close: () => void) => void closers.push(close),
    /** The proxy with other options in the place of the one there is. */
    async restart(options: Parameters<typeof startProxy>[0]): Promise<void> {
      bed.proxy.close()
      bed.proxy = await startProxy(options)
    },
    /** @returns the port */
    async listen(server: Server): Promise<number> {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      closers.push(() => server.close())
      return (server.address() as AddressInfo).port
    },
    secure: (socket: Socket, servername: string, options: object = {}) =>
      connectTls({ socket, servername, ca: bed.proxy.authority.bundle(), ...options }),
  }
  beforeEach(async () => {
    bed.proxy = await startProxy()
  })
  afterEach(() => {
    bed.proxy.close()
    for (const close of closers.splice(0)) close()
  })
  return bed
}
