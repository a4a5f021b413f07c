import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { type JsonOption, printDone } from '../../support/output.ts'

const ANSWERS = ['once', '30m', 'stop'] as const

/** `allowance answer CALL once|30m|stop`: answers a call that is held with a question. */
export async function answer(callId: string, word: string, options: JsonOption, io: Io): Promise<number> {
  const given = ANSWERS.find((known) => known === word)
  if (!given) throw new AllowanceError('usage', `"${word}" is not an answer`, `one of ${ANSWERS.join(', ')}`)
  await askGateway(io, (client) => client.answer.mutate({ callId, answer: given }))
  return printDone(io, options, { callId, answer: given }, given === 'stop' ? 'stopped' : 'goes on')
}
