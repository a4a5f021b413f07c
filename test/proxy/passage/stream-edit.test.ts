import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFraming } from '../../../main/core/metering/framing/create-framing.ts'
import { StreamEdit } from '../../../main/proxy/passage/stream-edit.ts'

const OURS = 'data: {"ours":true}\n\n'

/** What a client gets of a stream that arrives in these pieces, with our own events taken out. */
function edited(pieces: readonly Buffer[], active = true): { text: string; largestKept: number } {
  const framing = createFraming('text/event-stream')
  const edit = new StreamEdit(active)
  const out: Buffer[] = []
  let came = 0
  let largestKept = 0
  for (const piece of pieces) {
    came += piece.length
    for (const frame of framing.push(piece)) {
      if (frame.type === 'event' && (frame.value as { ours?: boolean }).ours) edit.drop(frame.start, frame.end)
    }
    out.push(edit.apply(piece, framing.boundary))
    largestKept = Math.max(largestKept, came - Buffer.concat(out).length)
  }
  out.push(edit.rest())
  return { text: Buffer.concat(out).toString(), largestKept }
}

function cutAt(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const edges = [
    0,
    ...[...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b),
    bytes.length,
  ]
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
}

const event = fc.constantFrom(
  'data: {"text":"hi"}\n\n',
  'data: {"text":"世界🌍"}\r\n\r\n',
  ': ping\n\n',
  'event: x\ndata: {"a":1}\n\n',
  OURS,
)

test('however a stream is cut: ours are gone, and every other byte is there in its order', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.constantFrom('data: [DONE]\n\n', 'data: half an eve', ''),
      (events, places, end) => {
        const { text } = edited(cutAt(events.join('') + end, places))
        expect(text).toBe(events.filter((one) => one !== OURS).join('') + end)
      },
    ),
    { seed: 20_261_123, numRuns: 2_000 },
  )
})

test('where nothing is to be taken out, nothing is kept back', () => {
  const pieces = cutAt('data: {"text":"hi"}\n\ndata: [DONE]\n\n', [1, 3, 9, 20])
  expect(edited(pieces, false)).toEqual({ text: Buffer.concat(pieces).toString(), largestKept: 0 })
})
