/** Base64 characters looked at: the size stands in the first 96 KiB unless a huge thumbnail comes before it. */
const HEAD_CHARS = 128 * 1024

/** Pixels of a PNG, JPEG, GIF or WebP image from the start of its base64, null when it is none of them. */
export function imageSize(base64: string): { width: number; height: number } | null {
  const head = base64.slice(0, HEAD_CHARS - (HEAD_CHARS % 4))
  let binary: string
  try {
    binary = atob(head.slice(0, head.length - (head.length % 4)))
  } catch {
    return null
  }
  const byte = (offset: number) => binary.charCodeAt(offset) || 0
  const big = (offset: number) => byte(offset) * 256 + byte(offset + 1)
  const little = (offset: number) => byte(offset + 1) * 256 + byte(offset)
  if (binary.startsWith('\x89PNG')) return sized(big(16) * 65536 + big(18), big(20) * 65536 + big(22))
  if (binary.startsWith('GIF8')) return sized(little(6), little(8))
  if (binary.startsWith('\xff\xd8')) return jpegSize(binary.length, byte, big)
  if (!binary.startsWith('RIFF') || binary.slice(8, 12) !== 'WEBP') return null
  const chunk = binary.slice(12, 16)
  if (chunk === 'VP8X') return sized(little(24) + byte(26) * 65536 + 1, little(27) + byte(29) * 65536 + 1)
  if (chunk === 'VP8 ') return sized(little(26) & 0x3fff, little(28) & 0x3fff)
  if (chunk !== 'VP8L') return null
  return sized((little(21) & 0x3fff) + 1, ((little(22) >> 6) | ((byte(24) & 0x0f) << 10)) + 1)
}

/** The size of a JPEG stands in its frame header (SOF0–SOF15 but for DHT, JPG and DAC). */
function jpegSize(length: number, byte: (offset: number) => number, big: (offset: number) => number) {
  let offset = 2
  while (offset + 9 < length && byte(offset) === 0xff) {
    const marker = byte(offset + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return sized(big(offset + 7), big(offset + 5))
    offset += marker === 0xff ? 1 : 2 + big(offset + 2)
  }
  return null
}

function sized(width: number, height: number): { width: number; height: number } | null {
  return width > 0 && height > 0 ? { width, height } : null
}
