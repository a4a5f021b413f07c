import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseTags } from '../../main/core/attribution/values/parse-tags.ts'
import { createFraming } from '../../main/core/metering/framing/create-framing.ts'
import { parsePolicy } from '../../main/core/policy/document/parse-policy.ts'
import { BadRequest, type Dialect } from '../../main/core/providers/types/provider.ts'
import { PROVIDERS } from '../../main/core/providers/registry.ts'
import { statuslineText } from '../../main/cli/commands/view/statusline-text.ts'
import { readSettings } from '../../main/platform/home/settings-file.ts'
import { SHAPES } from './shapes.ts'

// What comes from outside may be anything. `npm run fuzz` runs many more cases than `npm test`.
const runs = (few: number) => ({ numRuns: Number(process.env.PROPERTY_RUNS ?? few), seed: seedOf() })
const seedOf = () => Number(process.env.PROPERTY_SEED ?? 20_261_127)

/** Any JSON, and JSON in the words of the APIs, with any member anywhere. */
const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 4 }), SHAPES.body).map(asParsed)
/** As `JSON.parse` makes it: a member named `__proto__` is one like any other. */
function asParsed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null')
}

const dialects = [...new Set(PROVIDERS.flatMap((provider) => provider.dialects))]
const dialect: fc.Arbitrary<Dialect> = fc.constantFrom(...dialects)
const head = fc.record({
  method: fc.constant('POST'),
  path: fc.webPath(),
  query: fc.constant(new URLSearchParams('alt=sse')),
  headers: fc.dictionary(
    fc.constantFrom('content-type', 'authorization', 'anthropic-beta', 'x-goog-api-key'),
    fc.string(),
  ),
}) as unknown as fc.Arbitrary<Parameters<Dialect['readRequest']>[0]>

/** Runs it; of what is thrown only `BadRequest` is allowed. */
function allowBadRequest<Result>(make: () => Result): Result | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof BadRequest) return null
    throw error
  }
}

describe('whatever a client sends', () => {
  test('a request is read, or refused with a sentence', () => {
    fc.assert(
      fc.property(dialect, head, anyJson, (api, from, body) => {
        const request = allowBadRequest(() => api.readRequest(from, body))
        if (!request) return
        expect(request.choices).toBeGreaterThanOrEqual(1)
        for (const message of request.messages) expect(typeof message.text).toBe('string')
        allowBadRequest(() => api.clamp?.(request, body, 256))
        allowBadRequest(() => api.askForUsage?.(request, body))
        allowBadRequest(() => api.addNotice?.(body, 'notice'))
        JSON.stringify(request)
      }),
      runs(1_500),
    )
  })

  test('tags in a user name or an address are read, or left out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(parseTags(text)).toHaveProperty('tags')
      }),
      runs(500),
    )
  })
})

describe('whatever a provider sends', () => {
  test('a body or events are read, and never break a call', () => {
    fc.assert(
      fc.property(
        dialect,
        SHAPES.body.map(asParsed),
        fc.array(anyJson, { maxLength: 5 }),
        fc.integer({ min: 100, max: 599 }),
        (api, body, events, status) => {
          const request = allowBadRequest(() =>
            api.readRequest({ method: 'POST', path: '/', query: new URLSearchParams(), headers: {} } as never, body),
          )
          if (!request) return
          const plain = api.createReader(request)
          plain.body(events[0] ?? null, {}, status)
          const streamed = api.createReader(request)
          for (const event of events) {
            streamed.event(null, event)
            streamed.isOurs?.(event)
          }
          for (const reader of [plain, streamed]) {
            const { usage } = reader.reading()
            for (const count of Object.values(usage ?? {}))
              if (typeof count === 'number') expect(count).toBeGreaterThanOrEqual(0)
          }
        },
      ),
      runs(1_500),
    )
  })

  test('frames come out the same however the bytes are cut', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      SHAPES.stream.map((text) => new TextEncoder().encode(text)),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(
          'text/event-stream',
          'application/json',
          'application/x-ndjson',
          'application/vnd.amazon.eventstream',
          null,
        ),
        bytes,
        fc.array(fc.nat({ max: 50 }), { maxLength: 20 }),
        (type, all, cuts) => {
          const whole = createFraming(type)
          const pieces = createFraming(type)
          const expected = [...whole.push(all), ...whole.finish()]
          const found = []
          let at = 0
          for (const cut of cuts) {
            found.push(...pieces.push(all.subarray(at, at + cut)))
            at += cut
          }
          found.push(...pieces.push(all.subarray(at)), ...pieces.finish())
          expect(JSON.stringify(found.map(({ value }) => value))).toBe(
            JSON.stringify(expected.map(({ value }) => value)),
          )
        },
      ),
      runs(1_000),
    )
  })
})

describe('whatever a person or a program writes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-fuzz-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('a policy is parsed, or wrong at a place', () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, SHAPES.policy.map(asParsed)), (document) => {
        const parsed = parsePolicy(document)
        if (!parsed.ok) expect(parsed.errors.length).toBeGreaterThan(0)
      }),
      runs(1_000),
    )
  })

  test('settings are read, or an error names the file', () => {
    const file = path.join(folder, 'settings.json')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          anyJson.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          writeFileSync(file, text)
          try {
            readSettings({ file, env: {} } as Parameters<typeof readSettings>[0])
          } catch (error) {
            expect(error).toHaveProperty('code')
            expect(String((error as Error).message)).toContain('settings.json')
          }
        },
      ),
      runs(300),
    )
  })

  test('a status line comes of any standard input', () => {
    const file = path.join(folder, 'statusline.json')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          anyJson.map((value) => JSON.stringify(value)),
        ),
        fc.string(),
        (input, kept) => {
          writeFileSync(file, kept)
          expect(statuslineText(file, input, () => true)).not.toContain('\n')
        },
      ),
      runs(300),
    )
  })
})
