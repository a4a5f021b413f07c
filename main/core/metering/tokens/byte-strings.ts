/** A byte string: one UTF-16 unit per byte, 0–255. */
export type ByteString = string

/** Enough code units for one `fromCharCode` call, few enough for its argument list. */
const CHUNK = 8_192
const ASCII = /^[\0-\x7f]*$/

/** UTF-8 of a text as a byte string. A lone surrogate becomes U+FFFD, as in every encoder. */
export function utf8Bytes(text: string): ByteString {
  if (ASCII.test(text)) return text
  const bytes: number[] = []
  let encoded = ''
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index)
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = text.charCodeAt(index + 1)
      if (code < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        index++
      } else code = 0xfffd
    }
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    }
    if (bytes.length >= CHUNK) encoded += String.fromCharCode(...bytes.splice(0))
  }
  return encoded + String.fromCharCode(...bytes)
}
