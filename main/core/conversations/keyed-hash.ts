/**
 * A keyed hash as short text: equal for equal data under one key, and telling nothing without it. The key is the
 * home's (platform/fingerprint), so that no fingerprint can be looked up in a table of known prompts.
 */
export type KeyedHash = (data: string | Uint8Array) => string
