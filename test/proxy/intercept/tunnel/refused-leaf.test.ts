import { createForbiddenPeers } from '../../../../main/proxy/intercept/upstream/forbidden-peers.ts'
import { once } from 'node:events'
import net from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { openTunnel, runProgram } from '../proxy-harness.ts'
import { tunnelBed } from './tunnel-bed.ts'

const bed = tunnelBed()

describe('who does not take our certificate', () => {
  it('is let through unseen the next time, and told of', async () => {
    const reached: string[] = []
    const server = net.createServer((socket) => {
      reached.push('server')
      socket.destroy()
    })
    const port = await bed.listen(server)
    await bed.restart({
      dial: async (_target, options) => {
        const { dial } = await import('../../../../main/proxy/intercept/upstream/dial.ts')
        return dial({ host: '127.0.0.1', port }, { ...options, peers: createForbiddenPeers() })
      },
    })
    const attempt = () => runProgram('curl', ['-sS', '-x', bed.proxy.url, 'https://api.openai.com/v1/models'])
    expect((await attempt()).status).not.toBe(0)
    expect(bed.proxy.refusals).toMatchObject([{ host: 'api.openai.com', port: 443 }])
    expect(reached).toHaveLength(0)
    await attempt()
    expect(reached).toHaveLength(1)
    expect(bed.proxy.tunnels[0]?.reason).toBe('leaf-refused')
    // Another client, with our root, is decrypted as before.
    const python = "import urllib.request as u; print(u.urlopen('https://api.openai.com/v1/x').read().decode())"
    const { stdout } = await runProgram('python3', ['-c', python], {
      HTTPS_PROXY: bed.proxy.url,
      SSL_CERT_FILE: bed.proxy.authority.bundlePath,
    })
    expect(stdout).toContain('"url":"/v1/x"')
  })

  it('Node, which leaves without an alert, is let through after the second time', async () => {
    const attempt = async () => {
      const { socket } = await openTunnel(bed.proxy.port, 'api.openai.com:443')
      const tls = connectTls({ socket, servername: 'api.openai.com', ca: [] })
      await once(tls, 'error').catch(() => {})
      if (!socket.closed) await once(socket, 'close')
    }
    await attempt()
    await attempt()
    expect(bed.proxy.refusals.length).toBeLessThanOrEqual(1)
    await expect.poll(() => bed.proxy.refusals.length).toBe(1)
  })

  it('is not let through when the policy fails closed', async () => {
    await bed.restart({ failureMode: () => 'closed' })
    for (const _ of [1, 2]) await runProgram('curl', ['-sS', '-x', bed.proxy.url, 'https://api.openai.com/'])
    expect(bed.proxy.tunnels).toHaveLength(0)
    expect(bed.proxy.refusals).toHaveLength(2)
  })

  it('a client without the token is asked for it', async () => {
    await bed.restart({ authorize: (password) => password === 'secret' })
    expect((await openTunnel(bed.proxy.port, 'api.openai.com:443')).head).toMatch(/407[\s\S]*proxy-authenticate: Basic/)
    const credentials = Buffer.from('project=a:secret').toString('base64')
    const { head, socket } = await openTunnel(bed.proxy.port, 'api.openai.com:443', {
      'proxy-authorization': `Basic ${credentials}`,
    })
    expect(head).toContain('200')
    socket.destroy()
  })
})
