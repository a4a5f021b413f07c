/** One server-sent event. `event` is null when the stream did not name it. */
export interface SseEvent {
  event: string | null
  data: string
  id: string | null
}

/** The most that one event may hold before the reader gives up on it: 8 MiB, an image in base64 with room to spare. */
export const MAX_SSE_EVENT_CHARS = 8 * 1024 * 1024

/**
 * Reads server-sent events (WHATWG HTML section 9.2) from text that was cut anywhere, also inside `\r\n\r\n`.
 * The caller decodes UTF-8. Comments and fields we have no use for are skipped. `atBoundary` tells whether all
 * text so far ended with a complete event, that is whether another event may follow legally.
 */
export class SseReader {
  #line = ''
  #pendingCarriageReturn = false
  #event: string | null = null
  #id: string | null = null
  #data: string[] = []
  #chars = 0

  push(text: string): SseEvent[] {
    const events: SseEvent[] = []
    let rest = text
    if (this.#pendingCarriageReturn && rest.startsWith('\n')) rest = rest.slice(1)
    if (text.length > 0) this.#pendingCarriageReturn = rest.endsWith('\r')
    const lines = rest.split(/\r\n|\r|\n/)
    const last = lines.pop() ?? ''
    for (const part of lines) {
      const line = this.#line + part
      this.#line = ''
      const event = this.#take(line)
      if (event) events.push(event)
    }
    this.#line += last
    if (this.#chars + this.#line.length > MAX_SSE_EVENT_CHARS) this.#drop()
    return events
  }

  /** A last event whose closing blank line never came: some servers leave it out. */
  finish(): SseEvent[] {
    const events = this.push('\n')
    const event = this.#take('')
    return event ? [...events, event] : events
  }

  get atBoundary(): boolean {
    return this.#line === '' && this.#data.length === 0 && this.#event === null
  }

  #take(line: string): SseEvent | null {
    if (line === '') {
      const event = this.#data.length > 0 ? { event: this.#event, data: this.#data.join('\n'), id: this.#id } : null
      this.#drop()
      return event
    }
    const colon = line.indexOf(':')
    if (colon === 0) return null
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    this.#chars += value.length
    if (field === 'data') this.#data.push(value)
    else if (field === 'event') this.#event = value
    else if (field === 'id') this.#id = value
    return null
  }

  #drop(): void {
    this.#line = ''
    this.#event = null
    this.#data = []
    this.#chars = 0
  }
}
