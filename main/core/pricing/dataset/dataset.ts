/** How one model of a price list is recognised by the name in a request. */
export type MatchLogic =
  | { and: MatchLogic[] }
  | { or: MatchLogic[] }
  | { contains: string }
  | { ends_with: string }
  | { equals: string }
  | { regex: string }
  | { starts_with: string }

/** Dollars per unit; a tiered price changes for the whole call once its total input exceeds `start` tokens. */
export type DatasetPrice = number | { base: number; tiers: { start: number; price: number }[] }

/** Keys end in their unit: `input_mtok` per million tokens, `web_searches_kcount` per thousand, `audio_hours` per hour. */
export type DatasetPrices = Readonly<Record<string, DatasetPrice | undefined>>

export interface DatedPrices {
  constraint?:
    | { type: 'start_date'; start_date: string }
    | { type: 'time_of_date'; start_time: string; end_time: string }
    | undefined
  prices: DatasetPrices
}

export interface DatasetModel {
  id: string
  match: MatchLogic
  context_window?: number | undefined
  deprecated?: boolean | undefined
  prices: DatasetPrices | DatedPrices[]
}

export interface DatasetProvider {
  id: string
  models: DatasetModel[]
  fallback_model_providers?: string[] | undefined
}

export interface Dataset {
  /** Names the data and the day it was published. */
  version: string
  provider(id: string): DatasetProvider | undefined
}
