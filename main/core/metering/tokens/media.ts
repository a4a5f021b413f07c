import type { MediaPart } from '../../providers/types/provider.ts'
import type { TokenFamily } from './token-family.ts'

/** Pages, seconds and pixels are guessed from bytes where the request does not show them; each guess errs upward. */
const BYTES_PER_PAGE = 40_000
const MAX_PAGES = 1_000
/** 64 kbit/s, as speech is often sent; uncompressed sound is shorter than this says. */
const AUDIO_BYTES_PER_SECOND = 8_000
/** 2 Mbit/s, a usual screen recording. */
const VIDEO_BYTES_PER_SECOND = 250_000
/** A reference (a URL or a file id) shows nothing of its size: a document of some pages, a clip of a minute. */
const REFERENCED_PAGES = 4
/** Gemini's pages are cheap, and files are sent to it that nobody would send elsewhere. */
const REFERENCED_PAGES_GOOGLE = 20
const REFERENCED_SECONDS = 60

/** https://ai.google.dev/gemini-api/docs/audio, https://docs.mistral.ai/capabilities/audio; OpenAI's as reported. */
const AUDIO_TOKENS_PER_SECOND: Readonly<Record<TokenFamily, number>> = {
  openai: 10,
  anthropic: 32,
  google: 32,
  other: 75,
}

/** Tokens of one medium in a prompt, by the rules of its vendor; the calibration learns what they miss. */
export function mediaTokens(part: MediaPart, family: TokenFamily, model: string | null): number {
  const name = (model ?? '').toLowerCase()
  switch (part.type) {
    case 'image':
      return imageTokens(part, family, name)
    case 'document':
    case 'file':
      return pagesOf(part, family) * tokensPerPage(family, name)
    case 'audio':
      return secondsOf(part, AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND[family]
    case 'video':
      // A frame (258) and its sound (32) each second. https://ai.google.dev/gemini-api/docs/video-understanding
      return secondsOf(part, VIDEO_BYTES_PER_SECOND) * 300
  }
}

function imageTokens(part: MediaPart, family: TokenFamily, model: string): number {
  const { width, height } = part
  switch (family) {
    case 'openai':
      return openaiImageTokens(width, height, part.detail, model)
    case 'anthropic':
      return anthropicImageTokens(width, height, model)
    case 'google':
      return geminiImageTokens(width, height, model)
    case 'other':
      return openaiImageTokens(width, height, part.detail, model)
  }
}

/** https://platform.openai.com/docs/guides/images-vision#calculating-costs */
function openaiImageTokens(width: number | null, height: number | null, detail: string | null, model: string): number {
  const patchFactor = PATCH_FACTORS.find(([pattern]) => pattern.test(model))?.[1]
  if (patchFactor !== undefined) {
    // 32-pixel patches, 1,536 at most; an unknown picture is taken as the most.
    const patches = width === null || height === null ? 1_536 : Math.ceil(width / 32) * Math.ceil(height / 32)
    return Math.ceil(Math.min(patches, 1_536) * patchFactor)
  }
  const [base, tile] = TILE_TOKENS.find(([pattern]) => pattern.test(model))?.[1] ?? [85, 170]
  if (detail === 'low') return base
  return base + tile * tilesOf(width ?? 1_024, height ?? 1_536)
}

const PATCH_FACTORS: readonly [RegExp, number][] = [
  [/gpt-(5(\.\d)?|4\.1)-mini/, 1.62],
  [/gpt-(5(\.\d)?|4\.1)-nano/, 2.46],
  [/o4-mini/, 1.72],
  [/gpt-5\.[3-9]|gpt-[6-9]/, 1],
]

const TILE_TOKENS: readonly [RegExp, readonly [number, number]][] = [
  [/gpt-4o-mini/, [2_833, 5_667]],
  [/gpt-5/, [70, 140]],
  [/(^|\/)o[13]/, [75, 150]],
  [/computer-use/, [65, 129]],
]

/** Fitted into 2,048 pixels, then its shorter side to 768, then cut into tiles of 512. */
function tilesOf(width: number, height: number): number {
  const fit = Math.min(1, 2_048 / Math.max(width, height))
  const shorten = Math.min(1, 768 / (Math.min(width, height) * fit))
  const scale = fit * shorten
  return Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512)
}

/** A pixel in 750, after the picture is made to fit. https://platform.claude.com/docs/en/build-with-claude/vision */
function anthropicImageTokens(width: number | null, height: number | null, model: string): number {
  const isHighResolution = /opus-(4[-.][789]|[5-9])|fable|mythos/.test(model)
  const [edge, most] = isHighResolution ? [2_576, 4_784] : [1_568, 1_600]
  if (width === null || height === null) return most
  const fit = Math.min(1, edge / Math.max(width, height))
  return Math.min(most, Math.ceil((width * fit * height * fit) / 750))
}

/** 258 a tile of 768 pixels; Gemini 3 takes 1,120 a picture whatever its size. https://ai.google.dev/gemini-api/docs/tokens */
function geminiImageTokens(width: number | null, height: number | null, model: string): number {
  if (/gemini-[3-9]/.test(model)) return 1_120
  // The same picture is five tiles to Gemini 2.0 and one to 2.5.
  if (width === null || height === null) return /gemini-2\.5/.test(model) ? 258 : 1_290
  if (width <= 384 && height <= 384) return 258
  return 258 * Math.ceil(width / 768) * Math.ceil(height / 768)
}

function tokensPerPage(family: TokenFamily, model: string): number {
  // Gemini reads a page as one picture; the others as a picture and its text.
  if (family === 'google') return /gemini-[3-9]/.test(model) ? 560 : 258
  return 2_250
}

function pagesOf(part: MediaPart, family: TokenFamily): number {
  if (part.bytes === 0) return family === 'google' ? REFERENCED_PAGES_GOOGLE : REFERENCED_PAGES
  return Math.min(MAX_PAGES, Math.ceil(decodedBytes(part) / BYTES_PER_PAGE))
}

function secondsOf(part: MediaPart, bytesPerSecond: number): number {
  return part.bytes === 0 ? REFERENCED_SECONDS : Math.ceil(decodedBytes(part) / bytesPerSecond)
}

/** `bytes` counts base64, which is a third longer than what it holds. */
function decodedBytes(part: MediaPart): number {
  return (part.bytes * 3) / 4
}
