import type { RequestHead } from './types/provider.ts'
import { hostMatches } from './registry.ts'

/**
 * Hosts of models that are not spoken here: their traffic is never looked into and never metered, so what is seen of it
 * is who went there, how often and how much. Chat pages that people open in a browser are not meant.
 */
export const OTHER_MODEL_HOSTS: readonly string[] = [
  ...['api.replicate.com', 'api.stability.ai', 'api.ai21.com', 'api.reka.ai', 'api.writer.com', 'api.upstage.ai'],
  ...['api.llama.com', 'api.inflection.ai', 'inference-api.nousresearch.com', 'api.inceptionlabs.ai', 'api.liquid.ai'],
  ...[
    'fal.run',
    'queue.fal.run',
    'ws.fal.run',
    'api.lumalabs.ai',
    'api.dev.runwayml.com',
    'api.ideogram.ai',
    'api.bfl.ai',
  ],
  ...['api.elevenlabs.io', 'api.assemblyai.com', 'api.deepgram.com', 'api.cartesia.ai', 'api.hume.ai', 'api.play.ht'],
  ...[
    'api.hyperbolic.xyz',
    'api.lambda.ai',
    'api.featherless.ai',
    'api.parasail.io',
    'api.kluster.ai',
    'api.inference.net',
  ],
  ...['llm.chutes.ai', 'api.friendli.ai', 'api.anyscale.com', 'api.lepton.ai', 'api.runpod.ai', '*.api.runpod.ai'],
  ...['api.siliconflow.com', 'api.siliconflow.cn', 'api.stepfun.com', 'api.baichuan-ai.com', 'api.lingyiwanwu.com'],
  ...[
    'qianfan.baidubce.com',
    'aip.baidubce.com',
    'hunyuan.tencentcloudapi.com',
    'ark.cn-beijing.volces.com',
    'spark-api.xf-yun.com',
  ],
  ...['api2.cursor.sh', '*.cursor.sh', 'server.codeium.com', '*.codeium.com', 'api.tabnine.com', 'api.sourcegraph.com'],
  ...[
    'oai.helicone.ai',
    'gateway.helicone.ai',
    'api.openpipe.ai',
    'api.unify.ai',
    'api.requesty.ai',
    'router.requesty.ai',
  ],
  ...['api.poe.com', 'api.you.com', 'api.aimlapi.com', 'api.apertis.ai', 'api.puter.com', 'text.pollinations.ai'],
  'bedrock-agent-runtime.*.amazonaws.com',
  'runtime.sagemaker.*.amazonaws.com',
  'codewhisperer.*.amazonaws.com',
]

export function isOtherModelHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return OTHER_MODEL_HOSTS.some((pattern) => hostMatches(pattern, name))
}

/** How the paths of model APIs end that everybody copies. */
const MODEL_PATHS =
  /(\/chat\/completions|\/v\d+\/(completions|responses|messages|embeddings|rerank|complete|audio\/speech|images\/generations)|\/api\/(generate|chat|embed)|:(generateContent|streamGenerateContent|rawPredict|converse|converse-stream)|\/(converse|converse-stream|invoke|invoke-with-response-stream)|\/generate_stream|\/v2\/models\/[^/]+\/infer)$/

/** Whether a request to a host that nobody knows looks like a model call by its path. */
export function looksLikeModelPath({ method, path }: Pick<RequestHead, 'method' | 'path'>): boolean {
  return method === 'POST' && MODEL_PATHS.test(path)
}

/** Whether the beginning of a body looks like one: a model is named, and something is asked of it. */
export function looksLikeModelBody(start: string): boolean {
  return (
    /^\s*\{/.test(start) && /"model"\s*:\s*"/.test(start) && /"(messages|prompt|input|contents|inputs)"\s*:/.test(start)
  )
}
