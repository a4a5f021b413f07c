import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { BodyBudget } from '../../../../main/proxy/arrival/body/body-budget.ts'
import { readBody } from '../../../../main/proxy/arrival/body/read-body.ts'

let server: Server | null = null
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.close()
})

/** A server that reads bodies by `limits` and answers with their length, or with what went wrong. */
async function serve(limits: { bytes: number; limitBytes?: number; idleMs?: number; patienceMs?: number }) {
  const budget = new BodyBudget(limits.bytes)
  server = createServer((request, response) => {
    readBody(request, { limitBytes: 10_000_000, ...limits, budget }).then(
      ({ body, giveBack }) => {
        giveBack()
        response.end(`read ${body.length}`)
      },
      (error: Error) => response.end(error.message),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    budget,
    port,
    /** A client that says how much it will send, and sends some of it. */
    async open(declared: number, sent: number): Promise<Socket> {
      const socket = connect(port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${declared}\r\n\r\n${'x'.repeat(sent)}`)
      return socket
    },
  }
}

const until = (done: () => boolean) =>
  new Promise<void>((resolve) => {
    const look = () => (done() ? resolve() : void setImmediate(look))
    look()
  })
const answer = async (socket: Socket) => String((await once(socket, 'data'))[0])

describe('memory for request bodies', () => {
  test('is not passed by four hundred that are never finished, and comes back when they leave', async () => {
    const { budget, open } = await serve({ bytes: 8_000_000 })
    const all = await Promise.all(Array.from({ length: 400 }, (_, n) => open(n % 4 === 0 ? 1_000_000 : 10_000, 500)))
    await until(() => budget.heldBytes > 6_000_000 && budget.waiting > 0)
    expect(budget.heldBytes).toBeLessThanOrEqual(8_000_000)
    for (const socket of all) socket.destroy()
    await until(() => budget.heldBytes === 0 && budget.waiting === 0)
  })

  test('one that waited is read as soon as there is room', async () => {
    const { budget, open } = await serve({ bytes: 1_000 })
    const first = await open(900, 10)
    await until(() => budget.heldBytes === 900)
    const second = await open(600, 600)
    await until(() => budget.waiting === 1)
    first.write('x'.repeat(890))
    expect(await answer(first)).toContain('read 900')
    expect(await answer(second)).toContain('read 600')
    expect(budget.heldBytes).toBe(0)
  })

  test('one that leaves the line lets those behind it pass', async () => {
    const { budget, open } = await serve({ bytes: 1_000 })
    await open(900, 10)
    await until(() => budget.heldBytes === 900)
    const large = await open(800, 0)
    await until(() => budget.waiting === 1)
    const small = await open(50, 50)
    await until(() => budget.waiting === 2)
    large.destroy()
    expect(await answer(small)).toContain('read 50')
  })

  test('one that is larger than all of it is read alone', async () => {
    const { budget, open } = await serve({ bytes: 1_000 })
    expect(await answer(await open(5_000, 5_000))).toContain('read 5000')
    expect(budget.heldBytes).toBe(0)
  })

  test.each([
    ['sends nothing any more', { idleMs: 40 }, 'no byte came'],
    ['drips', { idleMs: 60, patienceMs: 1 }, 'bytes came in'],
  ])('a sender that %s is answered, and its room given back', async (_name, limits, said) => {
    const { budget, open } = await serve({ bytes: 1_000, ...limits })
    const slow = await open(900, 1)
    const dripping = setInterval(() => slow.write('x'), 10)
    if (said === 'no byte came') clearInterval(dripping)
    expect(await answer(slow)).toContain(said)
    clearInterval(dripping)
    expect(budget.heldBytes).toBe(0)
  })
})
