import type { Dialect } from '../../types/provider.ts'
import { ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MESSAGES } from '../anthropic/anthropic-messages.ts'
import { ASSISTANT_RUN_STORED, ASSISTANT_RUNS } from './assistants.ts'
import { BATCH_CREATED, BATCH_STORED } from './batches.ts'
import { chatCompletions } from './chat-completions.ts'
import { COMPLETIONS } from './completions.ts'
import { EMBEDDINGS, RERANK } from './embeddings.ts'
import { MODERATION, OTHER } from './free-apis.ts'
import { GEMINI_COUNT_TOKENS, GEMINI_EMBEDDINGS, GENERATE_CONTENT, STREAM_GENERATE_CONTENT } from '../google/gemini.ts'
import { IMAGES, OCR, SPEECH, TRANSCRIPTION } from './media-apis.ts'
import { RESPONSES, RESPONSES_COMPACT, RESPONSES_COUNT_TOKENS, RESPONSES_STORED } from './responses.ts'

/**
 * The dialects that gateways and local servers copy, known by how a path ends. The first that answers is taken;
 * the last takes any POST that may be a model call.
 */
export const COMMON_DIALECTS: Dialect[] = [
  chatCompletions(),
  BATCH_CREATED,
  BATCH_STORED,
  ANTHROPIC_COUNT_TOKENS,
  ANTHROPIC_MESSAGES,
  RESPONSES,
  RESPONSES_COMPACT,
  RESPONSES_COUNT_TOKENS,
  RESPONSES_STORED,
  GENERATE_CONTENT,
  STREAM_GENERATE_CONTENT,
  GEMINI_COUNT_TOKENS,
  GEMINI_EMBEDDINGS,
  COMPLETIONS,
  EMBEDDINGS,
  RERANK,
  IMAGES,
  SPEECH,
  TRANSCRIPTION,
  OCR,
  MODERATION,
  ASSISTANT_RUNS,
  ASSISTANT_RUN_STORED,
  OTHER,
]
