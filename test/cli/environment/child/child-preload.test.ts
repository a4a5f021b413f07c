import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { needsPreload } from '../../../../main/cli/environment/variables/node-options.ts'
import { createIssuer, issueLeaf } from '../../../../main/proxy/intercept/authority/x509.ts'
import { buildEntry } from '../build-entry.ts'
import { runProgram, startProxy } from '../../../proxy/intercept/proxy-harness.ts'

let folder: string
let preload: string
let proxy: Awaited<ReturnType<typeof startProxy>>

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-preload-'))
  preload = await buildEntry('main/cli/environment/child/child-preload.ts', folder)
  await buildEntry('main/cli/environment/child/child-dispatcher.ts', folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  proxy = await startProxy()
})
afterEach(() => proxy.close())

function child(script: string, env: Record<string, string> = {}) {
  return runProgram(process.execPath, ['--input-type=module', '-e', script], {
    NODE_OPTIONS: `--require ${preload}`,
    HTTPS_PROXY: `http://project=web:x@127.0.0.1:${proxy.port}`,
    NO_PROXY: 'localhost,127.0.0.1',
    NODE_EXTRA_CA_CERTS: proxy.authority.bundlePath,
    ...env,
  })
}

describe.skipIf(!needsPreload(process.versions.node))('a Node below 22.21 with the preload', () => {
  it.each([
    [
      'openai',
      `import OpenAI from 'openai'; await new OpenAI({ apiKey: 'k' }).chat.completions.create({ model: 'm', messages: [] })`,
      '/v1/chat/completions',
    ],
    [
      '@anthropic-ai/sdk',
      `import A from '@anthropic-ai/sdk'; await new A({ apiKey: 'k' }).messages.create({ model: 'm', max_tokens: 1, messages: [] })`,
      '/v1/messages',
    ],
    [
      '@google/genai',
      `import { GoogleGenAI } from '@google/genai'; await new GoogleGenAI({ apiKey: 'k' }).models.generateContent({ model: 'm', contents: 'x' })`,
      '/v1beta/models/m:generateContent',
    ],
    ['fetch', `await fetch('https://api.openai.com/fetch')`, '/fetch'],
    [
      'node:https',
      `import https from 'node:https'; https.get('https://api.openai.com/https', (r) => r.resume())`,
      '/https',
    ],
    [
      'node:https with an agent of its own, kept alive',
      `import https from 'node:https'; const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
       for (const n of [1, 2]) await new Promise((done) => https.get('https://api.openai.com/agent', { agent }, (r) => r.resume().on('end', done))); agent.destroy()`,
      '/agent',
    ],
  ])('%s goes through the proxy, with its tags', async (_name, script, url) => {
    const { stderr, status } = await child(script)
    expect(
      proxy.seen.map((one) => one.url),
      stderr,
    ).toContain(url)
    expect(proxy.seen[0]?.ingress.tags).toEqual({ project: 'web' })
    expect(status, stderr).toBe(0)
  })

  it('hosts of NO_PROXY are reached directly', async () => {
    const issuer = await createIssuer(['localhost'], Date.now(), 86_400_000)
    const leaf = await issueLeaf(issuer, 'localhost', Date.now(), 86_400_000)
    const server = https.createServer({ key: leaf.keyPem, cert: leaf.chainPem }, (_request, response) =>
      response.end('direct'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    const script = `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; import https from 'node:https';
      console.log(await (await fetch('${url}')).text()); https.get('${url}', (r) => r.pipe(process.stdout))`
    const { stdout } = await child(script)
    expect(stdout).toBe('direct\ndirect')
    expect(proxy.tunnels).toHaveLength(0)
    server.close()
  })

  it('leaves no trace in a program that calls nobody', async () => {
    const { stdout, stderr, status } = await child(`console.log(Object.keys(globalThis).length, process.argv.length)`)
    const bare = await runProgram(process.execPath, [
      '--input-type=module',
      '-e',
      `console.log(Object.keys(globalThis).length, process.argv.length)`,
    ])
    expect({ stdout, stderr, status }).toEqual({ stdout: bare.stdout, stderr: '', status: 0 })
  })

  it('does not stop a program whose proxy is nonsense', async () => {
    const { stdout, status } = await child(`console.log('alive')`, { HTTPS_PROXY: ':::', https_proxy: '%%%' })
    expect({ stdout, status }).toEqual({ stdout: 'alive\n', status: 0 })
  })

  it('tells the program, and does not crash it, when the proxy cannot be reached', async () => {
    const script = `import https from 'node:https'; https.get('https://api.openai.com/').on('error', (error) => console.log('https', error.code ?? error.message)); try { await fetch('https://api.openai.com/') } catch (error) { console.log('fetch', error.cause.code ?? error.cause.message) }`
    const dead = await child(script, { HTTPS_PROXY: 'http://127.0.0.1:9' })
    expect([dead.status, dead.stdout.trim().split('\n').sort()]).toEqual([
      0,
      ['fetch ECONNREFUSED', 'https ECONNREFUSED'],
    ])
    const nonsense = await child(script, { HTTPS_PROXY: 'http://', https_proxy: '' })
    expect(nonsense.stdout).toMatch(/https .+/)
    expect(nonsense.status, nonsense.stderr).toBe(0)
  })

  it('a dispatcher that the program sets itself is the program’s', async () => {
    const script = `import { Agent, setGlobalDispatcher, getGlobalDispatcher } from 'undici'; const own = new Agent(); setGlobalDispatcher(own); console.log(getGlobalDispatcher() === own)`
    expect((await child(script)).stdout).toBe('true\n')
  })
})
