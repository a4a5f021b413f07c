import type { DatasetModel, DatasetPrices } from './dataset.ts'

/**
 * Models that are in use and that the dataset leaves out, from their providers' price pages (2026). A look-up comes
 * here last, so an update of the dataset that knows better wins by itself.
 */
export const MORE_MODELS: Readonly<Record<string, readonly DatasetModel[]>> = {
  // https://platform.openai.com/docs/pricing (legacy)
  openai: [
    starting('davinci-002', { input_mtok: 2, output_mtok: 2 }),
    starting('babbage-002', { input_mtok: 0.4, output_mtok: 0.4 }),
    // By the image: the most expensive size and quality, since the answer does not say which it is.
    starting('dall-e-3', { output_images_kcount: 120 }),
    starting('dall-e-2', { output_images_kcount: 20 }),
  ],
  // https://docs.x.ai/developers/pricing
  'x-ai': [
    starting('grok-imagine-image-pro', { output_images_kcount: 70 }),
    starting('grok-imagine-image', { output_images_kcount: 20 }),
  ],
  // https://docs.perplexity.ai/getting-started/pricing
  perplexity: [starting('pplx-embed-v1-0.6b', { input_mtok: 0.004 })],
  // https://cohere.com/pricing; reranking is charged by search units.
  cohere: [
    starting('embed-', { input_mtok: 0.12 }),
    starting('rerank-', { input_mtok: 0 }),
    starting('command-a', { input_mtok: 2.5, output_mtok: 10 }),
  ],
  // https://aws.amazon.com/bedrock/pricing
  aws: [
    containing('cohere.embed-v4', { input_mtok: 0.12 }),
    containing('cohere.embed-', { input_mtok: 0.1 }),
    containing('cohere.rerank-', { input_mtok: 0 }),
    containing('cohere.command-r-plus', { input_mtok: 3, output_mtok: 15 }),
    containing('cohere.command-r', { input_mtok: 0.5, output_mtok: 1.5 }),
    containing('cohere.command-light', { input_mtok: 0.3, output_mtok: 0.6 }),
    containing('anthropic.claude-v2', { input_mtok: 8, output_mtok: 24 }),
    containing('anthropic.claude-instant', { input_mtok: 0.8, output_mtok: 2.4 }),
    containing('ai21.jamba-1-5-mini', { input_mtok: 0.2, output_mtok: 0.4 }),
    containing('ai21.jamba-1-5-large', { input_mtok: 2, output_mtok: 8 }),
  ],
  // https://ai.google.dev/gemini-api/docs/pricing, https://cloud.google.com/vertex-ai/generative-ai/pricing
  google: [
    starting('text-embedding-', { input_mtok: 0.15 }),
    starting('text-multilingual-embedding-', { input_mtok: 0.15 }),
    starting('gemini-embedding-', { input_mtok: 0.2 }),
  ],
}

function starting(name: string, prices: DatasetPrices): DatasetModel {
  return { id: name, match: { starts_with: name }, prices }
}

function containing(name: string, prices: DatasetPrices): DatasetModel {
  return { id: name, match: { contains: name }, prices }
}
