import { MAX_NANOS, type UsdNanos } from '../../../../shared/values/money.ts'
import { type Quote, tokensCost, tokensFor } from '../../metering/quote/quote.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import type { BudgetState } from './facts.ts'
import { TUNING } from './tuning.ts'

/** What is reserved for a call: the money and tokens of its input and of `outputTokens` of output. */
export interface Hold {
  nanos: UsdNanos
  tokens: number
  outputTokens: number
}

export type Sizing =
  /** `clampTo`: the most output the request may ask for, per choice; null when it stays as it is. */
  | { kind: 'admit'; hold: Hold; clampTo: number | null }
  /** Only other calls' holds stand in the way: their settling makes room. */
  | { kind: 'wait'; blockedBy: BudgetState[]; tokens: number }
  /** What is spent leaves no room, even if every hold is returned. */
  | { kind: 'refuse'; by: BudgetState }

/**
 * How much to hold for a call, given the budgets that deny (design decision 5). A stream that can be watched holds
 * what it is expected to make and grows (`growHold`); what cannot be watched holds its worst case, clamped when that
 * does not fit. Budgets of money and of tokens are one question here: how many output tokens fit.
 *
 * `isImpatient`: the call has waited long. With the end of the money in sight it then takes what there is, as long as
 * that buys an answer at all: the last answers would otherwise be made one after the other, each waiting for the one
 * before to say what it leaves.
 */
export function sizeHold(quote: Quote, budgets: readonly BudgetState[], isImpatient = false): Sizing {
  if (quote.output === 'none') return fixedSize(quote, budgets)
  return quote.output === 'visible' ? growingSize(quote, budgets, isImpatient) : worstSize(quote, budgets, isImpatient)
}

/** The hold for `outputTokens` of output. Its input is what it may cost at worst, unless every budget trusts the cache. */
export function holdFor(quote: Quote, outputTokens: number, budgets: readonly BudgetState[]): Hold {
  const trusted = budgets.length > 0 && budgets.every(({ rule }) => trustsCache(rule))
  const inputNanos = trusted ? quote.expectedInputNanos : quote.worstInputNanos
  return {
    nanos: Math.min(MAX_NANOS, inputNanos + tokensCost(outputTokens, quote.outputNanosPerMillion)),
    tokens: quote.worstInputTokens + outputTokens,
    outputTokens,
  }
}

/** A rule may say that predicted cache discounts count; then a cache that fails can break its cap. */
function trustsCache(rule: RuleBase & { trustCache?: boolean }): boolean {
  return rule.trustCache === true
}

/**
 * A bigger hold for a stream that outgrows the one it has: up to `wantedTokens` of output in all, as far as the
 * budgets reach, and at least `neededTokens`. Null when not even that is left.
 */
export function growHold(
  quote: Quote,
  hold: Hold,
  neededTokens: number,
  wantedTokens: number,
  budgets: readonly BudgetState[],
): Hold | null {
  const extra = Math.min(
    wantedTokens - hold.outputTokens,
    ...budgets.map((budget) => outputThatFits(quote, budget, leftOf(budget))),
  )
  const outputTokens = hold.outputTokens + Math.floor(extra)
  if (outputTokens < neededTokens) return null
  const grown = outputTokens - hold.outputTokens
  return {
    nanos: Math.min(MAX_NANOS, hold.nanos + tokensCost(grown, quote.outputNanosPerMillion)),
    tokens: hold.tokens + grown,
    outputTokens,
  }
}

/**
 * What is left here and now, with every open hold taken off; can be negative when a call cost more than its hold. Of a
 * shared budget a machine may use what it has leased.
 */
export function leftOf(budget: BudgetState): number {
  const left = budget.limit + budget.raised - budget.spent - budget.held
  const { shared } = budget
  return shared && shared.upTo !== null ? Math.min(left, shared.upTo - shared.ownSpent - budget.held) : left
}

/** What would be left if every open hold were given back, and every lease of other machines. */
function freeOf(budget: BudgetState): number {
  const free = budget.limit + budget.raised - budget.spent
  const { shared } = budget
  return shared?.isFinal && shared.upTo !== null ? Math.min(free, shared.upTo - shared.ownSpent) : free
}

/** What a call with so much output takes of a budget. */
export function amountFor(quote: Quote, outputTokens: number, budget: BudgetState): number {
  const output = budget.unit === 'usd' ? tokensCost(outputTokens, quote.outputNanosPerMillion) : outputTokens
  return inputOf(quote, budget) + Math.ceil(output)
}

/** Embeddings and the like: the input is all there is. */
function fixedSize(quote: Quote, budgets: readonly BudgetState[]): Sizing {
  const room = roomFor(quote, budgets)
  if (room.now >= 0) return { kind: 'admit', hold: holdFor(quote, 0, budgets), clampTo: null }
  return room.free >= 0 ? room.waitFor(0) : { kind: 'refuse', by: room.tightest }
}

/**
 * A stream that can be watched holds what it is expected to make, led by the margin, where streams that outgrow theirs
 * find room beside it; with little left it holds the longest that is usual, so that it need not be ended when others have
 * taken the rest. With less than that, the rest is all it may ask for: the provider itself then stops it, however late an
 * abort arrives.
 */
function growingSize(quote: Quote, budgets: readonly BudgetState[], isImpatient: boolean): Sizing {
  const room = roomFor(quote, budgets)
  const { worstOutputTokens: worst, marginTokens } = quote
  const usual = Math.min(worst, usualTokens(quote) + marginTokens)
  const scarce = isScarce(quote, room)
  const isPlenty = quote.typical && !scarce
  const wanted = isPlenty ? Math.min(usual, quote.expectedOutputTokens + marginTokens) : usual
  // Answers differ independently: of n streams the longest that is usual in sum lies √n times as far above the mean as of one.
  const growth = (streams: number) => Math.floor((usual - wanted) * Math.sqrt(streams))
  const reserve = (heldTokens: number) => (isPlenty ? growth(heldTokens / wanted + 1) : 0)
  const least = Math.min(worst, quote.minOutputTokens + TUNING.CLAMPED_MARGIN_TOKENS)
  if (room.beside(reserve) >= wanted) return { kind: 'admit', hold: holdFor(quote, wanted, budgets), clampTo: null }
  if (isImpatient && scarce && !quote.sealed) {
    const mean = Math.min(usual, quote.expectedOutputTokens + marginTokens)
    const spare = Math.floor(room.beside((heldTokens) => (usual - mean) * Math.sqrt(heldTokens / mean)))
    if (spare >= least) return { kind: 'admit', hold: holdFor(quote, spare, budgets), clampTo: perChoice(quote, spare) }
  }
  if (room.free >= wanted) return room.waitFor(wanted, reserve)
  const enough = Math.max(least, Math.min(worst, quote.expectedOutputTokens))
  if (room.now >= enough || (room.now === room.free && room.now >= least)) {
    const rest = Math.floor(room.now)
    return {
      kind: 'admit',
      hold: holdFor(quote, rest, budgets),
      clampTo: quote.sealed || rest >= worst ? null : perChoice(quote, rest),
    }
  }
  if (room.free >= least) return room.waitFor(enough)
  return lastOfTheMoney(quote, room, budgets, false)
}

/** What cannot be watched: the worst case, or as much of it as is sensible. */
function worstSize(quote: Quote, budgets: readonly BudgetState[], isImpatient: boolean): Sizing {
  const room = roomFor(quote, budgets)
  const admit = (tokens: number, clampTo: number | null): Sizing => ({
    kind: 'admit',
    hold: holdFor(quote, tokens, budgets),
    clampTo,
  })

  const worst = quote.worstOutputTokens
  const usual = Math.min(worst, usualTokens(quote))
  const scarce = isScarce(quote, room)
  const least = quote.minOutputTokens * quote.choices
  // With the end of the money in sight, half way from what is expected to the longest that is usual.
  const middle = Math.ceil((Math.min(usual, quote.expectedOutputTokens) + usual) / 2)
  const comfortable = scarce ? Math.min(usual, Math.max(least, middle)) : usual
  const share = Math.max(comfortable, Math.floor(room.now / TUNING.SHARE_OF_WHAT_IS_LEFT))
  if (room.now >= worst && (quote.hasOwnMaximum || quote.sealed || worst <= share)) return admit(worst, null)
  if (quote.sealed) return lastOfTheMoney(quote, room, budgets, false)
  if (!quote.hasOwnMaximum && room.now >= comfortable)
    return admit(Math.min(worst, share), perChoice(quote, Math.min(worst, share)))
  // Others stand in the way of the whole, but what this model usually makes fits well: going now beats waiting.
  // The same where the whole will never fit, however many settle.
  if (room.now >= comfortable && (quote.typical || room.free < worst))
    return admit(comfortable, perChoice(quote, comfortable))
  if (isImpatient && scarce && room.now >= least) return admit(Math.floor(room.now), perChoice(quote, room.now))
  if (room.free >= comfortable && room.now < room.free)
    return room.waitFor(room.now < comfortable ? comfortable : worst)
  return lastOfTheMoney(quote, room, budgets, isImpatient)
}

/** So little is left that only a clamped answer fits, or none. */
function lastOfTheMoney(quote: Quote, room: Room, budgets: readonly BudgetState[], isImpatient: boolean): Sizing {
  const least = Math.min(quote.worstOutputTokens, quote.minOutputTokens * quote.choices)
  const fits = Math.min(room.now, quote.worstOutputTokens)
  if (quote.sealed) {
    if (fits >= quote.worstOutputTokens) return { kind: 'admit', hold: holdFor(quote, fits, budgets), clampTo: null }
    return room.free >= quote.worstOutputTokens
      ? room.waitFor(quote.worstOutputTokens)
      : { kind: 'refuse', by: room.tightest }
  }
  const enough = isImpatient ? least : Math.max(least, Math.min(quote.worstOutputTokens, quote.expectedOutputTokens))
  if (fits < enough && room.now < room.free && room.free >= least) return room.waitFor(enough)
  if (fits < least) return { kind: 'refuse', by: room.tightest }
  return {
    kind: 'admit',
    hold: holdFor(quote, fits, budgets),
    clampTo: fits < quote.worstOutputTokens ? perChoice(quote, fits) : null,
  }
}

/** An answer seldom gets longer than this. */
function usualTokens(quote: Quote): number {
  return Math.max(quote.minOutputTokens, quote.highOutputTokens) * quote.choices
}

/** Only a few answers fit yet: too few for what they take in sum to be foreseen. */
function isScarce(quote: Quote, { free }: Room): boolean {
  return quote.typical && free < Math.min(quote.worstOutputTokens, usualTokens(quote)) * TUNING.PLENTY
}

function perChoice(quote: Quote, outputTokens: number): number {
  return Math.floor(outputTokens / quote.choices)
}

/** Output tokens that are kept free in a budget of which others hold so many. */
type Reserve = (heldTokens: number) => number

/** Output tokens that fit: now, and if every other hold were given back. Negative when not even the input fits. */
interface Room {
  now: number
  free: number
  tightest: BudgetState
  /**
   * What fits now beside a reserve in each budget. Shared budgets need none: twenty machines would keep twenty, and a
   * stream that runs gets what nobody has leased.
   */
  beside(reserve: Reserve): number
  waitFor(tokens: number, reserve?: Reserve): Sizing
}

function roomFor(quote: Quote, budgets: readonly BudgetState[]): Room {
  const output = (budget: BudgetState, amount: number) => outputThatFits(quote, budget, amount - inputOf(quote, budget))
  const free = budgets.map((budget) => output(budget, freeOf(budget)))
  const now = budgets.map((budget) => output(budget, leftOf(budget)))
  const least = Math.min(Number.POSITIVE_INFINITY, ...free)
  const beside = (reserve: Reserve) =>
    now.map((tokens, index) => {
      const needsNone = budgets[index]?.shared !== undefined || !Number.isFinite(tokens)
      return needsNone ? tokens : tokens - reserve((free[index] ?? tokens) - tokens)
    })
  return {
    now: Math.min(Number.POSITIVE_INFINITY, ...now),
    free: least,
    tightest: budgets[free.indexOf(least)] as BudgetState,
    beside: (reserve) => Math.min(Number.POSITIVE_INFINITY, ...beside(reserve)),
    waitFor: (tokens, reserve = () => 0) => {
      const spare = beside(reserve)
      return { kind: 'wait', blockedBy: budgets.filter((_, index) => (spare[index] ?? tokens) < tokens), tokens }
    },
  }
}

/** What the input takes of a budget, at worst. */
function inputOf(quote: Quote, { unit, rule }: BudgetState): number {
  if (unit !== 'usd') return quote.worstInputTokens
  return trustsCache(rule) ? quote.expectedInputNanos : quote.worstInputNanos
}

function outputThatFits(quote: Quote, budget: BudgetState, amount: number): number {
  // What costs nothing fits into a budget of money that is used up, too.
  if (budget.unit === 'usd' && quote.worstInputNanos === 0 && quote.outputNanosPerMillion === 0)
    return Number.POSITIVE_INFINITY
  if (amount < 0) return -1
  return budget.unit === 'usd' ? tokensFor(amount, quote.outputNanosPerMillion) : amount
}
