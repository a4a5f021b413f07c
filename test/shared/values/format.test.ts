import { expect, test } from 'vitest'
import { formatStretch } from '../../../shared/values/format.ts'

test.each([
  ['2026-11-23T13:00:00Z', '2026-11-23T14:00:00Z', 'from 14:00 to 15:00 Europe/Paris'],
  ['2026-11-22T22:50:00Z', '2026-11-22T23:05:00Z', 'from 23:50 to 00:05 Europe/Paris'],
  ['2026-11-22T23:00:00Z', '2026-11-23T23:00:00Z', 'on 23 Nov'],
  ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'on 25 Oct'],
  ['2026-11-16T23:00:00Z', '2026-11-23T23:00:00Z', 'from 17 Nov to 23 Nov'],
  ['2026-11-20T08:00:00Z', '2026-11-23T09:30:00Z', 'from 20 Nov 09:00 to 23 Nov 10:30 Europe/Paris'],
  ['2026-11-22T23:00:00Z', '2026-11-22T23:00:00Z', 'from 00:00 to 00:00 Europe/Paris'],
])('from %s until %s is said as %s', (from, until, words) => {
  expect(formatStretch(Date.parse(from), Date.parse(until), 'Europe/Paris')).toBe(words)
})
