import type { Setup } from '../../../shared/contract/setup.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

/** How this machine is pointed at the gateway; null until the gateway has said it. */
export function useSetup(): Setup | null {
  const { api } = useStore()
  return useAnswer('setup', () => api.setup()).value
}
