import type { Billing } from '../../../shared/calls/call.ts'
import type { Provider, RequestHead } from './types/provider.ts'

/** Where a call goes and what it shows: enough to tell a signed-in plan from a key that is charged by the token. */
export interface BillingFacts {
  provider: Pick<Provider, 'billing'>
  /** The host that the client believes to talk to; in base-URL mode the provider's own. */
  host: string
  head: Pick<RequestHead, 'path' | 'headers'>
}

/** One kind of signed-in plan, known by what its clients send. */
interface Plan {
  name: string
  covers(call: { host: string; path: string; token: string; headers: RequestHead['headers'] }): boolean
}

/**
 * The plans that a developer signs in to. A host or a header alone is not proof where the same place also takes keys:
 * a key that is charged must never pass for a plan, because caps do not count plans.
 */
const PLANS: readonly Plan[] = [
  {
    // `claude setup-token` and a signed-in Claude Code; keys of the Console begin with `sk-ant-api`.
    name: 'claude',
    covers: ({ token }) => token.startsWith('sk-ant-oat'),
  },
  {
    // A signed-in Codex talks to ChatGPT's own backend with the token of a session.
    name: 'chatgpt',
    covers: ({ host, path, token }) =>
      (host === 'chatgpt.com' || path.startsWith('/backend-api/')) && isJsonWebToken(token),
  },
  {
    // A signed-in Gemini CLI, and the IDE plug-ins: the API is called by nobody else, and takes no keys.
    name: 'gemini-code-assist',
    covers: ({ host, path, headers }) =>
      (host === 'cloudcode-pa.googleapis.com' || path.startsWith('/v1internal:')) &&
      headers['x-goog-api-key'] === undefined,
  },
  {
    // Seats, with a monthly allowance of requests; `models.github.ai` is charged and has another host.
    name: 'copilot',
    covers: ({ host }) => host === 'api.githubcopilot.com' || host.endsWith('.githubcopilot.com'),
  },
  {
    // Coding plans of vendors that sell them at their own address.
    name: 'coding-plan',
    covers: ({ host, path }) =>
      (host === 'api.kimi.com' && path.startsWith('/coding/')) ||
      ((host === 'api.z.ai' || host === 'open.bigmodel.cn') && path.startsWith('/api/coding/')),
  },
]

/** How a call is paid for. What a plan covers is shown at list price and counted by no cap, unless a rule counts all. */
export function billingOf({ provider, host, head }: BillingFacts): Billing {
  if (provider.billing === 'local') return 'local'
  const call = { host: host.toLowerCase(), path: head.path, token: tokenOf(head.headers), headers: head.headers }
  return PLANS.some((plan) => plan.covers(call)) ? 'subscription' : 'metered'
}

function tokenOf(headers: RequestHead['headers']): string {
  const written = headers['authorization'] ?? headers['x-api-key'] ?? ''
  return written.replace(/^bearer\s+/i, '').trim()
}

/** Three parts, the first a JSON object: `{"` in base64url. A key is one part. */
function isJsonWebToken(token: string): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
}
