import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { type JsonOption, printDone } from '../../support/output.ts'

/** `allowance kill-switch on|off`: on refuses every call and ends the streams that run. */
export async function killSwitch(word: string, options: JsonOption, io: Io): Promise<number> {
  if (word !== 'on' && word !== 'off')
    throw new AllowanceError('usage', `the kill switch is on or off, not "${word}"`, commandLine('kill-switch on'))
  await askGateway(io, (client) => client.killSwitch.mutate({ on: word === 'on' }))
  return printDone(io, options, { on: word === 'on' }, `the kill switch is ${word}`)
}
