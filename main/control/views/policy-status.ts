import type { PolicyStatus } from '../../../shared/contract/contract.ts'
import type { GatewayView } from './gateway-view.ts'

/** Where the policy stands, and which of its hosts wait for the developer. */
export function policyStatusOf({ policySource, policyHosts }: GatewayView): PolicyStatus {
  const { status } = policySource.current()
  const pendingHosts = policyHosts?.pending() ?? []
  return pendingHosts.length > 0 ? { ...status, pendingHosts: [...pendingHosts] } : status
}
