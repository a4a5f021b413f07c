import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'
import { callerOf, factsOf } from '../rows/call-row.ts'
import type { Statements } from './statements.ts'
import { TextIds } from './text-ids.ts'

/** Numbers for what repeats from call to call: who it was for, and what calls of a program to a model have in common. */
export class Repeated {
  readonly #profiles: TextIds
  readonly #dimensions: TextIds
  readonly #facts: TextIds
  /** Of one transaction's records: an event and its call's row have the same. */
  #factsIds = new Map<CallRecord, number>()

  constructor(statements: Statements) {
    const { insertProfile, findProfile, insertDimensions, findDimensions, insertFacts, findFacts } = statements
    this.#profiles = new TextIds(insertProfile, findProfile)
    this.#dimensions = new TextIds(insertDimensions, findDimensions)
    this.#facts = new TextIds(insertFacts, findFacts)
  }

  factsId(record: CallRecord): number {
    const known = this.#factsIds.get(record)
    if (known !== undefined) return known
    const id = this.#facts.idOf(factsOf(record))
    this.#factsIds.set(record, id)
    return id
  }

  callerId(record: CallRecord): number {
    return this.#facts.idOf(callerOf(record))
  }

  dimensionsId({ billing, values }: Dimensions): number {
    const { session = null, conversation = null, ...profile } = values
    const profileId = this.#profiles.idOf(JSON.stringify({ billing, values: profile }))
    const row = [profileId, session, conversation]
    return this.#dimensions.idOf(JSON.stringify(row), row)
  }

  endTransaction(): void {
    this.#factsIds = new Map()
  }

  /** Rows that were made in a transaction are gone with it. */
  forget(): void {
    for (const ids of [this.#profiles, this.#dimensions, this.#facts]) ids.forget()
    this.endTransaction()
  }
}
