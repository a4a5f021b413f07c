import { expect, test } from 'vitest'
import { isQuiet } from '../../../main/desktop/notifications/quiet-hours.ts'

const at = (hours: number, minutes = 0) => hours * 60 + minutes

test.each([
  [{ from: '22:00', until: '07:00' }, [at(22), at(23, 59), at(0), at(6, 59)], [at(7), at(12), at(21, 59)]],
  [{ from: '12:30', until: '13:30' }, [at(12, 30), at(13, 29)], [at(12, 29), at(13, 30)]],
])('%j', (hours, quiet, loud) => {
  for (const minutes of quiet) expect(isQuiet(hours, minutes)).toBe(true)
  for (const minutes of loud) expect(isQuiet(hours, minutes)).toBe(false)
})

test('equal ends are the whole day, and none is never', () => {
  expect(isQuiet({ from: '08:00', until: '08:00' }, at(3))).toBe(true)
  expect(isQuiet(null, at(3))).toBe(false)
})
