import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Dialect, Provider, RequestHead } from '../../core/providers/types/provider.ts'
import type { Exchange } from './exchange.ts'
import { splitLaunchTags } from '../intercept/upstream/launch-upstreams.ts'

/** The providers known here: built in, of the settings, of the policy's hosts. */
export interface ProviderTable {
  byId(id: string): Provider | null
  forHost(host: string): Provider | null
  /** Where a provider is reached: the settings' replacement of its origin, else what it says itself. */
  originOf(provider: Provider): string
}

export type Route =
  /** A model call: it goes through the spine. */
  | {
      kind: 'call'
      provider: Provider
      dialect: Dialect
      head: RequestHead
      upstream: URL
      tags: Record<string, string>
    }
  /** Something else of a known provider (a model list, a file): passed on as it is. */
  | { kind: 'other'; provider: Provider; head: RequestHead; upstream: URL; tags: Record<string, string> }
  | { kind: 'unknown'; message: string }

/** The way of a model call. */
export type CallRoute = Extract<Route, { kind: 'call' }>

export interface RouteParts {
  providers: ProviderTable
  parseTags(text: string): Record<string, string>
}

/** Path or host → provider, dialect and upstream. Pure: no sockets, nothing is looked up. */
export function routeOf({ request, ingress }: Pick<Exchange, 'request' | 'ingress'>, parts: RouteParts): Route {
  const { providers, parseTags } = parts
  const written: Record<string, string> = { ...ingress.tags }
  let path = originForm(request.url ?? '/')
  let provider: Provider | null
  let origin: string | null = null
  if (ingress.origin === null) {
    for (let match = TAG_PREFIX.exec(path); match; match = TAG_PREFIX.exec(path)) {
      Object.assign(written, parseTags(match[1] ?? ''))
      path = path.slice(match[0].length - 1)
    }
    const [, id = '', rest = ''] = /^\/([^/?]+)(.*)$/s.exec(path) ?? []
    provider = providers.byId(id)
    path = rest.startsWith('/') ? rest : `/${rest}`
    if (!provider) return { kind: 'unknown', message: `no provider "${id}" is known here` }
  } else {
    provider = providers.forHost(new URL(ingress.origin).hostname)
    if (!provider) return { kind: 'unknown', message: `${ingress.origin} is not a provider's host` }
    const replaced = providers.originOf(provider)
    origin = replaced === provider.origin ? ingress.origin : replaced
  }
  const { tags, upstreams } = splitLaunchTags(written)
  const own = upstreams[provider.id] ?? ingress.upstreams?.[provider.id]
  return routeWithin(request, provider, path, own ?? origin ?? providers.originOf(provider), tags)
}

const TAG_PREFIX = /^\/@([^/]*)\//

function routeWithin(
  request: IncomingMessage,
  provider: Provider,
  rest: string,
  origin: string,
  tags: Record<string, string>,
): Route {
  const mark = rest.indexOf('?')
  const rawPath = mark < 0 ? rest : rest.slice(0, mark)
  const search = mark < 0 ? '' : rest.slice(mark)
  const path = provider.normalizePath?.(rawPath) ?? rawPath
  const upstream = new URL(origin)
  // A base URL that stood in the environment before ours often ends in the `/v1` that the client sends again.
  const base = upstream.pathname.replace(/\/$/, '')
  upstream.pathname = path.startsWith(`${base}/`) ? path : `${base}${path}`
  upstream.search = search
  const head: RequestHead = {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(search),
    headers: flatHeaders(request.headers),
  }
  const dialect = provider.dialects.find((candidate) => candidate.matches(head))
  return dialect
    ? { kind: 'call', provider, dialect, head, upstream, tags }
    : { kind: 'other', provider, head, upstream, tags }
}

/** The path and query of a request line, also where a client wrote the whole URL there (absolute-form). */
function originForm(url: string): string {
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)
  return match ? match[1] || '/' : url
}

/** One value per name; of the few that may repeat, all in one. */
export function flatHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

/** What a developer who called the wrong address is told. */
export const ROUTES_HELP =
  'Routes: /<provider>/<rest> with provider openai, anthropic, google, azure, vertex, bedrock, mistral, groq, deepseek, xai, openrouter, ' +
  'together, fireworks, cohere, perplexity, cerebras, huggingface, ollama, lmstudio or one of your settings; ' +
  '/@project=web,session=s1/<provider>/<rest> with tags; CONNECT for intercepted hosts; GET /health. ' +
  'For example OPENAI_BASE_URL=http://127.0.0.1:4141/openai/v1'
