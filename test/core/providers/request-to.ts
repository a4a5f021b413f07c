import { providerById } from '../../../main/core/providers/registry.ts'

export type To = [provider: string, path: string, method?: string]
export const CHAT: To = ['openai', '/v1/chat/completions']
export const RESPONSES: To = ['openai', '/v1/responses']
export const MESSAGES: To = ['anthropic', '/v1/messages']
export const GEMINI: To = ['google', '/v1beta/models/gemini-2.5-flash:streamGenerateContent']

export function dialectOf([id, path, method = 'POST']: To) {
  const head = { method, path, query: new URLSearchParams(), headers: { 'content-type': 'application/json' } }
  return providerById(id)?.dialects.find((candidate) => candidate.matches(head)) ?? null
}

export function read(to: To, body: unknown) {
  const dialect = dialectOf(to)
  if (!dialect) throw new Error(`no dialect for ${to.join(' ')}`)
  const head = { method: to[2] ?? 'POST', path: to[1], query: new URLSearchParams(), headers: {} }
  return { dialect, request: dialect.readRequest(head, body) }
}
