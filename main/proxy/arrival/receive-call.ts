import { messageOf } from '../../../shared/contract/errors.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import { BadRequest } from '../../core/providers/types/provider.ts'
import { formFields } from '../../core/providers/requests/form-fields.ts'
import { decompressorFor } from './body/decompress.ts'
import type { Exchange } from './exchange.ts'
import type { BodyBudget } from './body/body-budget.ts'
import { BodyTooLarge, readBody } from './body/read-body.ts'
import type { ResumableJson } from './body/resumable-json.ts'
import type { CallRoute } from './route.ts'
import type { ReceivedCall } from '../call/call-states.ts'

export interface ReceiveParts {
  maxBodyBytes: number
  bodyBudget: BodyBudget
  /** Parses what is new in a body that grows from turn to turn. */
  resumable: ResumableJson
}

/** Reads the body and asks the dialect what it says. What cannot be right is refused with a sentence, before anybody is paid. */
export async function receiveCall(
  parts: ReceiveParts,
  { request }: Pick<Exchange, 'request'>,
  { dialect, head }: CallRoute,
): Promise<ReceivedCall | { kind: 'refused'; refusal: Refusal }> {
  let giveBack = () => {}
  try {
    const read = await readBody(request, { limitBytes: parts.maxBodyBytes, budget: parts.bodyBudget })
    giveBack = read.giveBack
    const { body } = read
    const plain = await unpack(body, head.headers['content-encoding'], parts.maxBodyBytes)
    const json = plain.length === 0 || isMultipart(head.headers['content-type']) ? null : parse(parts.resumable, plain)
    // A form is read for its model and its options; `json` stays null, because no edit can be made in it.
    const fields = json ?? formFields(head.headers['content-type'], plain.toString('latin1'))
    return { kind: 'received', request: dialect.readRequest(head, fields), body, json, encoded: plain !== body }
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      const limit = `${Math.floor(error.limitBytes / 1_048_576)} MiB`
      return {
        kind: 'refused',
        refusal: plainRefusal(
          'too-large',
          `${error.message}. The limit is ${limit} ("limits.maxBodyBytes" in the settings).`,
        ),
      }
    }
    if (error instanceof BadRequest)
      return { kind: 'refused', refusal: plainRefusal('bad-request', `${error.message}.`) }
    throw error
  } finally {
    giveBack()
  }
}

async function unpack(body: Buffer, contentEncoding: string | undefined, maxBodyBytes: number): Promise<Buffer> {
  const decompress = decompressorFor(contentEncoding, maxBodyBytes)
  if (decompress === null) return body
  try {
    return await decompress(body)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw new BodyTooLarge(maxBodyBytes)
    throw new BadRequest(
      `the request body cannot be read as ${contentEncoding} (${messageOf(error)}), so it was not sent`,
    )
  }
}

function parse(resumable: ResumableJson, body: Buffer): unknown {
  try {
    return resumable.parse(body).json
  } catch (error) {
    throw new BadRequest(`the request body is not valid JSON (${messageOf(error)}), so it was not sent`)
  }
}

function isMultipart(contentType: string | undefined): boolean {
  return (contentType ?? '').startsWith('multipart/')
}
