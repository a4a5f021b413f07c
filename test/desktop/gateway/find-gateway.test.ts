import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findGateway } from '../../../main/desktop/gateway/find-gateway.ts'
import { homePaths } from '../../../main/platform/home/paths.ts'
import { writeRuntimeFile } from '../../../main/platform/home/runtime-file.ts'

let home: string
const servers: Server[] = []
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-find-'))
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(home, { recursive: true })
})

async function gatewayThatSays(statusCode: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(statusCode).end()).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function leaveRuntimeFile(control: string, pid = process.pid): void {
  const rest = { version: '0.1.0', proxy: 'http://127.0.0.1:1', token: 't', proxyToken: '', startedAt: '' }
  writeRuntimeFile(homePaths(home).runtime, { pid, control, home, ...rest })
}

describe('the gateway of a home', () => {
  it('is found where it says that it is', async () => {
    const control = await gatewayThatSays(200)
    leaveRuntimeFile(control)
    expect(await findGateway(home)).toEqual({ proxy: 'http://127.0.0.1:1', control, token: 't', pid: process.pid })
  })

  it('is none when nothing was left', async () => expect(await findGateway(home)).toBeNull())

  it('is none when the process is gone', async () => {
    leaveRuntimeFile(await gatewayThatSays(200), 2 ** 22 + 1)
    expect(await findGateway(home)).toBeNull()
  })

  it('is none when another process has its number and its port is silent', async () => {
    leaveRuntimeFile(await gatewayThatSays(200))
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await findGateway(home)).toBeNull()
  })

  it('is none when something else answers at its port', async () => {
    leaveRuntimeFile(await gatewayThatSays(404))
    expect(await findGateway(home)).toBeNull()
  })
})
