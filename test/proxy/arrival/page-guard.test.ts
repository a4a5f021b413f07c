import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { foreignPage } from '../../../main/proxy/arrival/page-guard.ts'

const guard = {
  hosts: new Set(['127.0.0.1:4141', 'localhost:4141', '[::1]:4141']),
  allowedOrigins: ['https://play.acme.dev'],
}
const judge = (headers: IncomingHttpHeaders) =>
  foreignPage({ headers: { host: '127.0.0.1:4141', ...headers } } as IncomingMessage, guard)

test.each<[string, IncomingHttpHeaders]>([
  ['a program', {}],
  ['a program by another name of ours', { host: 'LOCALHOST:4141' }],
  ['IPv6', { host: '[::1]:4141' }],
  ['a port that was forwarded to ours', { host: 'localhost:9000' }],
  ['a name that the settings name', { host: 'play.acme.dev:4141' }],
  ['a host without a port', { host: '127.0.0.1' }],
  ['IPv6 without a port', { host: '[::1]' }],
  ['no host at all (HTTP/1.0)', { host: undefined }],
  ['a page of ours', { origin: 'http://127.0.0.1:4141', 'sec-fetch-site': 'same-origin' }],
  ['a page that the settings name', { origin: 'https://play.acme.dev', 'sec-fetch-site': 'cross-site' }],
  ['an address typed in', { 'sec-fetch-site': 'none' }],
])('%s may', (_name, headers) => expect(judge(headers)).toBeNull())

test.each<[string, IncomingHttpHeaders, string]>([
  ['a page of another site', { origin: 'https://evil.example' }, 'https://evil.example'],
  ['a page of another port', { origin: 'http://127.0.0.1:3000' }, 'http://127.0.0.1:3000'],
  ['a sandboxed page', { origin: 'null' }, 'null'],
  ['no origin that can be read', { origin: '%%%' }, '%%%'],
  ['an image of another site', { 'sec-fetch-site': 'cross-site' }, 'another site'],
  ['a name that was bound to us', { host: 'evil.example' }, 'evil.example'],
  ['a name that was bound to us, with our port', { host: 'evil.example:4141' }, 'evil.example'],
  ['a name that only begins like ours', { host: 'localhost.evil.example' }, 'localhost.evil.example'],
  ['an address of somebody else', { host: '[::2]:4141' }, '[::2]'],
])('%s may not, and is told why', (_name, headers, named) => expect(judge(headers)).toContain(named))
