import { describe, expect, test } from 'vitest'
import { COMMAND_LINES } from '../fixtures/agents/clients/command-line.ts'
import { templateFiles } from '../fixtures/agents/honest/code/template-files.ts'
import { playCommandLine } from '../fixtures/agents/play-command-line.ts'
import { pollsUnpaced } from '../fixtures/agents/runaway/stuck/polls-unpaced.ts'
import { installed } from './support/matrix.ts'

const LAST_ROUND = 12

describe.skipIf(installed('agents') === null).each(COMMAND_LINES.map((program) => ({ name: program.name, program })))(
  'all guards and $name',
  ({ program }) => {
    test('its honest work is done', async () => {
      const life = await playCommandLine(templateFiles, program, 1)
      expect(life, life?.output).toMatchObject({ touched: [], error: null, done: true })
    })

    test('it is stopped once when it runs away, and told why', async () => {
      const life = await playCommandLine(pollsUnpaced, program, 1)
      expect(life?.touched, life?.output).toEqual([
        { code: 'loop: deny', reason: expect.stringMatching(/with the same arguments \d+ times/) },
      ])
      expect(life?.round).toBeLessThanOrEqual(LAST_ROUND)
      expect(life?.output.replace(/\s+/g, ' ')).toContain(life?.touched[0]?.reason)
    })
  },
)
