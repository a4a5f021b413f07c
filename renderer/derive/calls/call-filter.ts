import type { CallRecord } from '../../../shared/calls/call.ts'

/** The model that answered, or else the one that was asked for. */
export function modelOf(call: CallRecord): string | null {
  return call.responseModel ?? call.requestModel
}

/** A model's name without the date of its release, for where room is scarce: `gpt-5-mini-2025-08-07` → `gpt-5-mini`. */
export function shortModel(model: string): string {
  return model.replace(/-(20\d{2}-\d{2}-\d{2}|20\d{6})$/, '')
}

/** What a row calls a call: its model, or else its API. */
export function callTitle(call: CallRecord): string {
  const model = modelOf(call)
  return model === null ? call.api : shortModel(model)
}
