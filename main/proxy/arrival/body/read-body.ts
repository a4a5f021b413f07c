import type { IncomingMessage } from 'node:http'
import { BadRequest } from '../../../core/providers/types/provider.ts'
import type { BodyBudget, GiveBack } from './body-budget.ts'

/** The body is larger than the settings allow (413). */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`the request body is larger than ${limitBytes} bytes`)
    this.limitBytes = limitBytes
  }
}

export interface BodyLimits {
  /** The largest body that is taken. */
  limitBytes: number
  budget: BodyBudget
  /** Without a byte for this long, nobody is sending any more. */
  idleMs?: number
  /** After this long a sender has to have kept up `LEAST_BYTES_PER_SECOND`. */
  patienceMs?: number
}

/** Room that a body gets whose sender does not say how long it is; it may grow beyond. */
const UNDECLARED_BYTES = 1024 * 1024
const IDLE_MS = 30_000
const PATIENCE_MS = 60_000
/** A modem of 1998: slower senders hold memory, and send nothing that anybody waits for. */
const LEAST_BYTES_PER_SECOND = 4 * 1024

/**
 * The whole body, exactly as it came, and how its room is given back. It is not read before there is room for it. Throws
 * `BodyTooLarge` past the limit, `BadRequest` for a sender that is too slow, and an error when the client leaves.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<{ body: Buffer; giveBack: GiveBack }> {
  const { limitBytes, budget, idleMs = IDLE_MS, patienceMs = PATIENCE_MS } = limits
  const declared = request.headers['content-length']
  const bytes = declared === undefined ? UNDECLARED_BYTES : Number(declared)
  return new Promise((resolve, reject) => {
    if (bytes > limitBytes && declared !== undefined) return reject(new BodyTooLarge(limitBytes))
    const chunks: Buffer[] = []
    let length = 0
    let giveBack: GiveBack = () => {}
    let leaveLine = () => {}
    let timer: NodeJS.Timeout | undefined
    let heardAtMs = 0
    const take = (chunk: Buffer) => {
      length += chunk.length
      heardAtMs = performance.now()
      chunks.push(chunk)
      if (length > limitBytes) fail(new BodyTooLarge(limitBytes))
    }
    const end = () => {
      leave()
      resolve({ body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length), giveBack })
    }
    const fail = (error: Error) => {
      leave()
      giveBack()
      reject(error)
    }
    const close = () => fail(new Error('the client left before its request was whole'))
    // Left in the middle, the stream stays whole and flows on: a destroyed one takes the connection with it, and our answer.
    const leave = () => {
      clearTimeout(timer)
      leaveLine()
      request.off('data', take).off('end', end).off('error', fail).off('close', close)
    }
    const watch = (beganMs: number) => {
      const nowMs = performance.now()
      const late = nowMs - beganMs - patienceMs
      if (nowMs - heardAtMs >= idleMs) return fail(tooSlow(`no byte came for ${Math.round(idleMs / 1_000)} s`))
      if (late > 0 && length < (late / 1_000) * LEAST_BYTES_PER_SECOND)
        return fail(tooSlow(`${length} bytes came in ${Math.round((nowMs - beganMs) / 1_000)} s`))
      timer = setTimeout(watch, Math.max(1, Math.min(idleMs - (nowMs - heardAtMs), idleMs)), beganMs)
    }
    const begin = (room: GiveBack) => {
      giveBack = room
      leaveLine = () => {}
      heardAtMs = performance.now()
      timer = setTimeout(watch, idleMs, heardAtMs)
      request.on('data', take).on('end', end)
    }
    request.on('error', fail).on('close', close)
    if (request.destroyed) return close()
    const room = budget.takeNow(bytes)
    if (room) begin(room)
    else leaveLine = budget.waitFor(bytes, begin)
  })
}

function tooSlow(what: string): BadRequest {
  return new BadRequest(`the request body was not sent whole (${what}), so the call was not made`)
}
