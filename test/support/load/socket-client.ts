import { WebSocket, type ClientOptions } from 'ws'

export type Event = Record<string, unknown> & { type: string }

/** A client's end of a socket that remembers what it heard. */
export interface SocketClient {
  readonly events: Event[]
  readonly texts: string[]
  readonly socket: WebSocket
  say(frame: Record<string, unknown> | string): void
  /** The first event that fits, past or to come. */
  hear(fits: (event: Event) => boolean): Promise<Event>
  closed: Promise<number>
}

/** @throws Error with the status of an answer that is no handshake */
export async function openSocket(url: string, options: ClientOptions = {}): Promise<SocketClient> {
  const socket = new WebSocket(url, {
    perMessageDeflate: { threshold: 0 },
    ...options,
    headers: { authorization: 'Bearer sk-test', ...options.headers },
  })
  const events: Event[] = []
  const texts: string[] = []
  let waiting: { fits: (event: Event) => boolean; resolve: (event: Event) => void }[] = []
  socket.on('message', (data: Buffer) => {
    const event = JSON.parse(data.toString('utf8')) as Event
    events.push(event)
    texts.push(data.toString('utf8'))
    waiting = waiting.filter((one) => !one.fits(event) || one.resolve(event) !== undefined)
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => reject(new Error(`status ${response.statusCode}`)))
  })
  return {
    events,
    texts,
    socket,
    closed,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    hear: (fits) => {
      const known = events.find(fits)
      return known ? Promise.resolve(known) : new Promise((resolve) => waiting.push({ fits, resolve }))
    },
  }
}
