import { describe, expect, test } from 'vitest'
import { wasNeverRead } from '../../../main/proxy/passage/forward.ts'

const reset = { code: 'ECONNRESET', isKept: true, tookMs: 8, roundTripMs: 20 }

describe('a request may be sent once more', () => {
  test.each([
    ['when a kept connection ends before a round trip is over', reset, true],
    ['when the write itself fails in that time', { ...reset, code: 'EPIPE' }, true],
    ['not when the server had the time to read it', { ...reset, tookMs: 20 }, false],
    ['not on a fresh connection', { ...reset, isKept: false }, false],
    ['not when nobody knows how long a round trip takes', { ...reset, roundTripMs: 0 }, false],
    ['not after another error', { ...reset, code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, false],
  ])('%s', (_name, failure, isAgain) => {
    expect(wasNeverRead(failure)).toBe(isAgain)
  })
})
