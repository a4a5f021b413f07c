/**
 * One declared edit of a JSON body: set `path` to `value`. Everything else keeps its bytes, so that the provider's
 * prompt cache still recognises the prefix.
 */
export interface JsonEdit {
  path: string[]
  value: number | boolean
}

/** One element added at the end of the list at `path`; in a path -1 is the last element of a list. */
export interface JsonAppend {
  path: (string | -1)[]
  value: unknown
  /** A text may stand there instead of a list: it becomes the list's first element, between these two. */
  textAs?: { before: string; after: string }
}
