import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { printJson } from '../../support/output.ts'

interface JsonOption {
  json?: boolean
}

const ANSWERS = ['once', '30m', 'stop'] as const

/** `allowance answer CALL once|30m|stop`: answers a call that is held with a question. */
export async function answer(callId: string, word: string, options: JsonOption, io: Io): Promise<number> {
  const given = ANSWERS.find((known) => known === word)
  if (!given) throw new AllowanceError('usage', `"${word}" is no answer`, `one of ${ANSWERS.join(', ')}`)
  await askGateway(io, (client) => client.answer.mutate({ callId, answer: given }))
  return done(io, options, { callId, answer: given }, given === 'stop' ? 'stopped' : 'goes on')
}

/** `allowance pause [SESSION]` and `allowance resume [SESSION]`: everything, or one session. */
export async function pauseOrResume(
  verb: 'pause' | 'resume',
  session: string | undefined,
  options: JsonOption,
  io: Io,
): Promise<number> {
  const input = session === undefined ? {} : { session }
  await askGateway(io, (client) => (verb === 'pause' ? client.pause.mutate(input) : client.resume.mutate(input)))
  return done(io, options, { session: session ?? null }, verb === 'pause' ? 'paused' : 'resumed')
}

/** `allowance kill-switch on|off`: on refuses every call and ends the streams that run. */
export async function killSwitch(word: string, options: JsonOption, io: Io): Promise<number> {
  if (word !== 'on' && word !== 'off')
    throw new AllowanceError('usage', `the kill switch is on or off, not "${word}"`, commandLine('kill-switch on'))
  await askGateway(io, (client) => client.killSwitch.mutate({ on: word === 'on' }))
  return done(io, options, { on: word === 'on' }, `the kill switch is ${word}`)
}

function done(io: Io, options: JsonOption, document: Record<string, unknown>, sentence: string): number {
  if (options.json) printJson(io, { schema: 1, ok: true, ...document })
  else io.stdout(`${sentence}\n`)
  return EXIT.ok
}
