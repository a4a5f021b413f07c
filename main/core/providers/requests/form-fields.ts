/** Fields longer than this are files or mistakes; the names and numbers that matter are shorter. */
const MAX_FIELD_CHARS = 16 * 1024
/** The most of a form that is looked at: the short fields come beside files of any size. */
const MAX_FORM_CHARS = 32 * 1024 * 1024

/**
 * The short text fields of a `multipart/form-data` body (audio transcriptions, image edits), so that a dialect can
 * read `model` and `stream` as it would from JSON. Files are skipped. Null when the body is not a form.
 *
 * @param latin1 the body with one character a byte, as binary text
 */
export function formFields(
  contentType: string | undefined,
  latin1: string,
): Record<string, string | number | boolean> | null {
  const boundary = /^multipart\/form-data\s*;.*?boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1]
  if (boundary === undefined) return null
  const fields: Record<string, string | number | boolean> = {}
  for (const part of latin1.slice(0, MAX_FORM_CHARS).split(`--${boundary}`)) {
    const headEnd = part.indexOf('\r\n\r\n')
    if (headEnd < 0) continue
    const head = part.slice(0, headEnd)
    const name = /content-disposition:[^\r\n]*[;\s]name="([^"]*)"/i.exec(head)?.[1]
    const value = part.slice(headEnd + 4).replace(/\r\n$/, '')
    if (name === undefined || name === '__proto__' || /filename\*?=/i.test(head) || value.length > MAX_FIELD_CHARS)
      continue
    fields[name] = typed(value)
  }
  return fields
}

function typed(value: string): string | number | boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d{1,9}$/.test(value) ? Number(value) : value
}
