import { describeClients } from './describe-clients.ts'
import type { Client } from './matrix.ts'

const BODY = '{"model":"gpt-4.1","messages":[{"role":"user","content":"hello"}]STREAM}'
const once = (stream: string) =>
  `curl -sS --fail-with-body "$PLACE/chat/completions" -H "authorization: Bearer $OPENAI_API_KEY" -H "content-type: application/json" -d '${BODY.replace('STREAM', stream)}'`

const curl: Client = {
  name: 'curl',
  process: /^curl/,
  command: (_mode, what) => [
    'sh',
    '-c',
    `PLACE=\${OPENAI_BASE_URL:-https://api.openai.com/v1}; ${[once(''), ...(what === 'both' ? [once(',"stream":true')] : [])].join(' && ')}`,
  ],
}

describeClients([curl])
