import { exactUsd } from '../../shared/money.ts'
import { addUsage, totalTokens } from '../../shared/usage.ts'
import type { SpendPart } from '../core/ledger/spend-report.ts'
import { valueOf } from '../core/policy/scope.ts'

/** The columns of FOCUS 1.2 that have something to say here, in the order of its specification (focus.finops.org); the rest are null there. */
export const FOCUS_COLUMNS = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingAccountType',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'EffectiveCost',
  'InvoiceId',
  'InvoiceIssuerName',
  'ListCost',
  'PricingCategory',
  'PricingCurrency',
  'PricingCurrencyEffectiveCost',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'RegionId',
  'RegionName',
  'ResourceId',
  'ResourceName',
  'ResourceType',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SkuId',
  'SkuMeter',
  'SubAccountId',
  'SubAccountName',
  'SubAccountType',
  'Tags',
] as const

export interface FocusQuestion {
  /** The dimension that becomes the resource: `project`, `session`, `tag:team`. */
  by: string
  sinceMs: number
  untilMs: number
}

/**
 * Spend as FOCUS rows: one for each provider, model and value of a dimension over the time asked for. What a signed-in
 * plan covers is listed and not billed.
 */
export function focusRows(question: FocusQuestion, parts: readonly SpendPart[]): Record<string, unknown>[] {
  const groups = new Map<string, SpendPart>()
  for (const part of parts.filter(({ calls }) => calls > 0)) {
    const name = JSON.stringify([part.dimensions.billing, ...nameOf(question.by, part)])
    const group = groups.get(name)
    groups.set(
      name,
      group
        ? {
            ...part,
            costNanos: group.costNanos + part.costNanos,
            calls: group.calls + part.calls,
            usage: addUsage(group.usage, part.usage),
          }
        : part,
    )
  }
  return [...groups.values()].sort((a, b) => b.costNanos - a.costNanos).map((part) => rowOf(question, part))
}

function nameOf(by: string, { dimensions }: SpendPart): (string | null)[] {
  return [valueOf(dimensions, 'provider'), valueOf(dimensions, 'model'), valueOf(dimensions, by)]
}

function rowOf({ by, sinceMs, untilMs }: FocusQuestion, part: SpendPart): Record<string, unknown> {
  const [provider, model, key] = nameOf(by, part)
  const developer = valueOf(part.dimensions, 'developer')
  const project = valueOf(part.dimensions, 'project')
  const list = exactUsd(part.costNanos)
  const billed = part.dimensions.billing === 'metered' ? list : exactUsd(0)
  const since = new Date(sinceMs)
  return {
    BilledCost: billed,
    BillingAccountId: developer,
    BillingAccountName: developer,
    BillingAccountType: 'Developer',
    BillingCurrency: 'USD',
    BillingPeriodEnd: new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth() + 1, 1)).toISOString(),
    BillingPeriodStart: new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth(), 1)).toISOString(),
    ChargeCategory: 'Usage',
    ChargeDescription: `${part.calls} model calls`,
    ChargeFrequency: 'Usage-Based',
    ChargePeriodEnd: new Date(untilMs).toISOString(),
    ChargePeriodStart: since.toISOString(),
    ConsumedQuantity: totalTokens(part.usage),
    ConsumedUnit: 'Tokens',
    ContractedCost: billed,
    EffectiveCost: billed,
    InvoiceIssuerName: provider,
    ListCost: list,
    PricingCategory: 'Standard',
    PricingCurrency: 'USD',
    PricingCurrencyEffectiveCost: billed,
    PricingQuantity: totalTokens(part.usage),
    PricingUnit: 'Tokens',
    ProviderName: provider,
    PublisherName: provider,
    ResourceId: key,
    ResourceName: key,
    ResourceType: by,
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: provider,
    ServiceSubcategory: 'Generative AI',
    SkuId: model,
    SkuMeter: 'Tokens',
    SubAccountId: project,
    SubAccountName: project,
    SubAccountType: 'Project',
    Tags: JSON.stringify(part.dimensions.values),
  }
}
