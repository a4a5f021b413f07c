/**
 * One declared edit of a JSON body: set `path` to `value`. Everything else keeps its bytes, so that the provider's
 * prompt cache still recognises the prefix.
 */
export interface JsonEdit {
  path: string[]
  value: number | boolean
}
