/** Words that are one token each, so that a count of the text is the fake's own count. */
const WORDS = [
  ' time',
  ' people',
  ' water',
  ' house',
  ' good',
  ' light',
  ' small',
  ' world',
  ' right',
  ' place',
  ' work',
  ' hand',
]

export function filler(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => WORDS[(from + index) % WORDS.length]).join('')
}
