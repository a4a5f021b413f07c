import { NANOS_PER_USD, type UsdNanos } from '../../../../shared/values/money.ts'

const perThousand = (dollars: number): UsdNanos => Math.round((dollars * NANOS_PER_USD) / 1_000)

/** What server-side tools cost a piece, where the dataset does not say so for the model. */
const DEFAULT_FEES: Readonly<Record<string, Readonly<Record<string, UsdNanos>>>> = {
  // https://platform.openai.com/docs/pricing (built-in tools); a code interpreter container is $0.03.
  openai: { web_search: perThousand(10), file_search: perThousand(2.5), code_interpreter: perThousand(30) },
  // https://platform.claude.com/docs/en/about-claude/pricing: web fetch is free, code execution is billed by the hour.
  anthropic: { web_search: perThousand(10) },
  // https://ai.google.dev/gemini-api/docs/pricing: grounding, $35 per thousand before Gemini 3; the higher one is taken.
  google: { web_search: perThousand(35), google_search: perThousand(35), google_maps: perThousand(25) },
  vertex: { web_search: perThousand(35), google_search: perThousand(35), google_maps: perThousand(25) },
  // https://docs.x.ai/developers/pricing
  xai: {
    web_search: perThousand(5),
    x_search: perThousand(5),
    code_execution: perThousand(5),
    code_interpreter: perThousand(5),
    attachment_search: perThousand(10),
    collections_search: perThousand(2.5),
    file_search: perThousand(2.5),
  },
  mistral: { web_search: perThousand(30), code_interpreter: perThousand(30) },
  groq: { web_search: perThousand(8) },
  // https://cohere.com/pricing: a search unit is a query with up to a hundred documents to rank.
  cohere: { search_units: perThousand(2) },
  bedrock: { search_units: perThousand(2) },
  // Cohere's reranking costs half of its list price there, by the costs that its answers state.
  openrouter: { search_units: perThousand(1) },
  azure: {
    web_search: perThousand(14),
    file_search: perThousand(2.5),
    code_interpreter: perThousand(33),
    search_units: perThousand(2),
  },
}

/** Keys of the dataset that are priced by piece, as we name the piece, and how many pieces the price is for. */
const DATASET_FEES: readonly { key: string; name: string; pieces: number }[] = [
  { key: 'web_searches_kcount', name: 'web_search', pieces: 1_000 },
  { key: 'storage_searches_kcount', name: 'file_search', pieces: 1_000 },
  { key: 'audio_hours', name: 'audio_seconds', pieces: 3_600 },
  { key: 'input_audio_hours', name: 'audio_seconds', pieces: 3_600 },
  { key: 'input_document_kpages', name: 'pages', pieces: 1_000 },
  { key: 'input_annotated_document_kpages', name: 'annotated_pages', pieces: 1_000 },
  { key: 'output_images_kcount', name: 'images', pieces: 1_000 },
  { key: 'input_text_messages_kcount', name: 'text_messages', pieces: 1_000 },
]

/** Fees by piece for a model: the provider's usual ones, overridden by what the dataset says. Nano-dollars. */
export function toolFees(provider: string, prices: (key: string) => number | null): Record<string, UsdNanos> {
  const fees: Record<string, UsdNanos> = { ...DEFAULT_FEES[provider] }
  for (const { key, name, pieces } of DATASET_FEES) {
    const dollars = prices(key)
    if (dollars !== null) fees[name] = Math.ceil(Math.round(dollars * NANOS_PER_USD) / pieces)
  }
  return fees
}
