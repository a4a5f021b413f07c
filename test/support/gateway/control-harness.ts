import { connectControl, type ControlClient } from '../../../main/control/client.ts'
import { type ControlServer, startControlServer } from '../../../main/control/http-server.ts'
import { createTestView, DAILY, type TestView, type TestViewOptions } from './control-view.ts'

const TOKEN = 'a-token-of-this-test'
export const POLICY = {
  rules: [
    DAILY,
    { id: 'tests', guard: 'spend-cap', limitUsd: '2.00', per: 'day', scope: { environment: ['test', 'ci'] } },
  ],
}

/** A control API on a loopback port, with a client of it. */
export interface ControlHarness {
  view: TestView
  server: ControlServer
  client: ControlClient
  query<T>(name: string, input?: unknown): Promise<T>
  mutate<T>(name: string, input?: unknown): Promise<T>
  stop(): Promise<void>
}

export async function startControl(options: TestViewOptions = { policy: POLICY }): Promise<ControlHarness> {
  const view = await createTestView(options)
  const server = await startControlServer({ view, token: TOKEN, port: 0, pageFolder: null })
  const client = connectControl({ control: server.url, token: TOKEN })
  return {
    view,
    server,
    client,
    query: async <T>(name: string, input?: unknown) => (await client.query(name, input)) as T,
    mutate: async <T>(name: string, input?: unknown) => (await client.mutation(name, input)) as T,
    async stop() {
      await server.stop()
      view.close()
    },
  }
}

/** What a question failed with, as a client sees it; null when it did not. */
export async function errorOf(asked: Promise<unknown>) {
  const error = (await asked.then(
    () => null,
    (reason: unknown) => reason,
  )) as { data: { httpStatus: number; allowance: { code: string; message: string } | null } } | null
  return (
    error && { status: error.data.httpStatus, code: error.data.allowance?.code, message: error.data.allowance?.message }
  )
}
