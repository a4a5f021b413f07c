import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayChild, GatewayHost, type GatewayHostOptions } from '../../../main/desktop/gateway/gateway-host.ts'
import type { GatewayAddress, GatewayState } from '../../../main/desktop/gateway/gateway-state.ts'

const stub = fileURLToPath(new URL('../../fixtures/stub-gateway.cjs', import.meta.url))
const other: GatewayAddress = { proxy: 'http://127.0.0.1:3', control: 'http://127.0.0.1:4', token: 'o', pid: 1 }

const hosts: GatewayHost[] = []
const processes: ChildProcess[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop()
  for (const child of processes.splice(0)) child.kill('SIGKILL')
})

/** A host over real processes that behave as `behaviours` say, in turn; the last one stays. */
function hostOf(behaviours: string[], options: Partial<GatewayHostOptions> = {}) {
  const states: GatewayState[] = []
  const waiting: Array<{ accepts: (state: GatewayState) => boolean; resolve: (state: GatewayState) => void }> = []
  const host = new GatewayHost({
    findRunning: async () => null,
    startChild: () => startStub(behaviours.length > 1 ? (behaviours.shift() ?? '') : (behaviours[0] ?? '')),
    backoffMs: () => 1,
    stopLimitMs: 200,
    ...options,
    onState: (state) => {
      states.push(state)
      for (const one of waiting.filter(({ accepts }) => accepts(state))) one.resolve(state)
    },
  })
  hosts.push(host)
  const next = (kind: GatewayState['kind']) =>
    new Promise<GatewayState>((resolve) => waiting.push({ accepts: (state) => state.kind === kind, resolve }))
  return { host, states, next, kinds: () => states.map(({ kind }) => kind) }
}

function startStub(behaviour: string): GatewayChild {
  const child = fork(stub, [behaviour])
  processes.push(child)
  return {
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', (code) => listener(code ?? -1)),
    send: (message) => child.send(message),
    kill: () => child.kill('SIGKILL'),
  }
}

const crash = () => processes.at(-1)?.send({ type: 'crash' })

describe('the gateway host', () => {
  it('attaches to a gateway that already runs, starts none and leaves it alone at the end', async () => {
    const { host, next } = hostOf([], { findRunning: async () => other })
    const running = next('running')
    await host.start()
    expect(await running).toEqual({ kind: 'running', address: other, own: false })
    await host.stop()
    expect(processes).toHaveLength(0)
  })

  it('starts a gateway of its own where none runs, and ends it when it is stopped', async () => {
    const { host, next } = hostOf(['good'])
    const running = next('running')
    await host.start()
    expect(await running).toMatchObject({ own: true, address: { pid: processes[0]?.pid, token: 't' } })
    await host.stop()
    expect(processes[0]?.exitCode).toBe(0)
  })

  it('starts it again when it dies, and says why it was gone', async () => {
    const { host, next, kinds } = hostOf(['good'])
    const first = next('running')
    await host.start()
    await first
    const [down, second] = [next('down'), next('running')]
    crash()
    expect(await down).toMatchObject({ problem: { code: 'gateway-ended', message: expect.stringContaining('9') } })
    expect(await second).toMatchObject({ address: { pid: processes[1]?.pid } })
    expect(kinds()).toEqual(['starting', 'running', 'down', 'starting', 'running'])
  })

  it('waits longer after each failure in a row', async () => {
    const asked: number[] = []
    const { host, next } = hostOf(['dead', 'dead', 'dead', 'good'], {
      backoffMs: (failures) => {
        asked.push(failures)
        return 1
      },
    })
    const running = next('running')
    await host.start()
    await running
    expect(asked).toEqual([1, 2, 3])
  })

  it('hands on what the gateway says about its own failure', async () => {
    const { host, next } = hostOf(['fail'], { backoffMs: () => 60_000 })
    const down = next('down')
    await host.start()
    const problem = { code: 'port-busy', message: 'Port 4141 is taken.', fix: 'allowance serve --port 0' }
    expect(await down).toMatchObject({ problem })
  })

  it('tries again at once when it is asked to', async () => {
    const { host, next } = hostOf(['dead', 'good'], { backoffMs: () => 60_000 })
    const down = next('down')
    await host.start()
    await down
    const running = next('running')
    await host.retry()
    expect(await running).toMatchObject({ own: true })
  })

  it('gives up on a gateway that says nothing', async () => {
    const { host, next } = hostOf(['silent'], { startLimitMs: 20, backoffMs: () => 60_000 })
    const down = next('down')
    await host.start()
    expect(await down).toMatchObject({ problem: { code: 'gateway-silent' } })
  })

  it('ends a gateway that does not listen by force', async () => {
    const { host, next } = hostOf(['deaf'], { stopLimitMs: 20 })
    const running = next('running')
    await host.start()
    await running
    await host.stop()
    expect(processes[0]?.signalCode).toBe('SIGKILL')
  })

  it("starts its own when another's gateway is gone", async () => {
    const found = [other]
    const { host, next } = hostOf(['good'], { findRunning: async () => found[0] ?? null })
    const attached = next('running')
    await host.start()
    await attached
    await host.recheck()
    expect(processes).toHaveLength(0)
    found.pop()
    const own = next('running')
    await host.recheck()
    expect(await own).toMatchObject({ own: true })
  })

  it('does not start another after it was stopped', async () => {
    const { host, next, states } = hostOf(['dead'], { backoffMs: () => 1 })
    const down = next('down')
    await host.start()
    await down
    await host.stop()
    await host.start()
    expect(states.at(-1)).toEqual({ kind: 'stopped' })
  })
})
