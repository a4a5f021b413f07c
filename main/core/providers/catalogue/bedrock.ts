import { BEDROCK_COUNT_TOKENS, CONVERSE, CONVERSE_STREAM, INVOKE, INVOKE_STREAM } from '../dialects/others/bedrock.ts'
import { openAiCompatible } from './openai-compatible.ts'
import { BEDROCK_REGIONS } from './regions.ts'

/** https://docs.aws.amazon.com/bedrock/latest/APIReference: its own APIs, and OpenAI's beside them. */
export const BEDROCK = openAiCompatible({
  id: 'bedrock',
  origin: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  hosts: BEDROCK_REGIONS.flatMap((region) => [
    `bedrock-runtime.${region}.amazonaws.com`,
    `bedrock-runtime-fips.${region}.amazonaws.com`,
    `bedrock-mantle.${region}.api.aws`,
  ]),
  priceProvider: 'aws',
  dialects: [CONVERSE, CONVERSE_STREAM, INVOKE, INVOKE_STREAM, BEDROCK_COUNT_TOKENS],
})
