import { createServer } from 'node:net'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inRoot } from '../root.mjs'
import { findProgram, installPackage, installPython } from './install.mjs'
import { startProgram, startServer } from './processes.mjs'

const PATH = '/v1/chat/completions'
/** LiteLLM refuses a weak key. */
const MASTER_KEY = 'sk-a-long-key-for-a-benchmark-on-loopback-only-0123456789'
const LITELLM_READY_MS = 120_000

const program = (name) => inRoot('scripts/lib/bench', name)

/**
 * What a call can go through, in the order of the table. Each `start` gets the far end's URL and a folder to work in,
 * and gives a target of the load with the process that is measured; it throws with the reason where it cannot be had.
 */
export const PEERS = [
  {
    name: 'direct',
    start: async ({ farEnd }) => ({ url: farEnd + PATH, pid: null, version: null, stop: async () => {} }),
  },
  {
    name: 'http-proxy',
    async start({ farEnd }) {
      const { pid, first, stop } = await startProgram(process.execPath, [program('bare-proxy.mjs'), farEnd])
      return { url: `http://127.0.0.1:${first.port}${PATH}`, pid, version: versionOf(inRoot('.'), 'http-proxy'), stop }
    },
  },
  {
    name: 'Allowance',
    async start({ farEnd, folder, profileFolder }) {
      const home = path.join(folder, 'home')
      mkdirSync(home, { recursive: true })
      const policy = path.join(home, 'policy.json')
      const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: '1000000.00', per: 'day' }]
      writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
      const profiled = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []
      const serve = ['out/cli.cjs', 'serve', '--json', '--port', '0', '--control-port', '0', '--home', home]
      const startedAt = performance.now()
      const { pid, first, stop } = await startProgram(process.execPath, [...profiled, ...serve], {
        cwd: inRoot('.'),
        env: {
          PATH: process.env.PATH,
          HOME: home,
          ALLOWANCE_DEVELOPER: 'ada@acme.dev',
          ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: farEnd }),
          ALLOWANCE_POLICY: policy,
        },
      })
      const readyMs = performance.now() - startedAt
      return { url: `${first.proxy}/openai${PATH}`, pid, version: null, home, readyMs, stop }
    },
  },
  {
    name: 'nginx',
    async start({ farEnd, folder }) {
      const nginx = findProgram('nginx')
      const port = await freePort()
      const config = path.join(folder, 'nginx.conf')
      writeFileSync(
        config,
        `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
         events { worker_connections 4096; }
         http { access_log off; client_max_body_size 64m; client_body_buffer_size 8m; client_body_temp_path ${folder}/body;
           proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
           keepalive_requests 1000000; proxy_buffering off;
           upstream far { server ${new URL(farEnd).host}; keepalive 256; }
           server { listen 127.0.0.1:${port}; location / { proxy_pass http://far; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
      )
      const server = await startServer(nginx, ['-c', config, '-p', folder], { readyUrl: `http://127.0.0.1:${port}/` })
      return { ...server, url: `http://127.0.0.1:${port}${PATH}`, version: null }
    },
  },
  {
    name: 'Portkey',
    async start({ farEnd }) {
      const folder = installPackage('@portkey-ai/gateway', '1.15.2')
      const port = await freePort()
      const entry = path.join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
      const server = await startServer(process.execPath, [entry, '--headless', `--port=${port}`], {
        readyUrl: `http://127.0.0.1:${port}/`,
      })
      const headers = {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${farEnd}/v1`,
        authorization: 'Bearer sk-none',
      }
      return { ...server, url: `http://127.0.0.1:${port}${PATH}`, headers, version: '1.15.2' }
    },
  },
  {
    name: 'mockttp',
    async start({ farEnd }) {
      const folder = installPackage('mockttp', '4.6.5')
      const { pid, first, stop } = await startProgram(process.execPath, [program('mockttp-proxy.mjs'), folder, farEnd])
      return { url: `http://127.0.0.1:${first.port}${PATH}`, pid, version: '4.6.5', stop }
    },
  },
  {
    name: 'LiteLLM',
    async start({ farEnd, folder }) {
      const installed = installPython('litellm[proxy]')
      const port = await freePort()
      const config = path.join(folder, 'litellm.json')
      const model = { model: 'openai/gpt-4o', api_key: 'sk-none', api_base: `${farEnd}/v1` }
      writeFileSync(config, JSON.stringify({ model_list: [{ model_name: 'gpt-4o', litellm_params: model }] }))
      const args = ['--config', config, '--port', String(port), '--host', '127.0.0.1']
      const server = await startServer(path.join(installed, 'bin/litellm'), args, {
        readyUrl: `http://127.0.0.1:${port}/health/liveliness`,
        limitMs: LITELLM_READY_MS,
        env: {
          ...process.env,
          LITELLM_MASTER_KEY: MASTER_KEY,
          LITELLM_LOCAL_MODEL_COST_MAP: 'True',
          LITELLM_LOG: 'ERROR',
        },
      })
      const headers = { authorization: `Bearer ${MASTER_KEY}` }
      return { ...server, url: `http://127.0.0.1:${port}${PATH}`, headers, version: null }
    },
  },
  {
    name: 'mitmproxy',
    async start({ farEnd, folder }) {
      const mitmdump = findProgram('mitmdump')
      const port = await freePort()
      const args = ['-q', '--mode', `reverse:${farEnd}`, '--listen-host', '127.0.0.1', '-p', String(port)]
      const server = await startServer(mitmdump, [...args, '--set', `confdir=${folder}`], {
        readyUrl: `http://127.0.0.1:${port}/`,
      })
      return { ...server, url: `http://127.0.0.1:${port}${PATH}`, version: null }
    },
  },
]

function versionOf(folder, name) {
  // The lock says what is installed under a name of ours.
  const lock = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'))
  return lock.packages[`node_modules/${name}`]?.version ?? null
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
