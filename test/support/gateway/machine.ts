import { machineNeeds, type MachineNeed } from '../../../scripts/lib/machine.mjs'

/**
 * True if this machine lacks one of `ids`, for `describe.skipIf`. `npm test` names what was left out and the command
 * that would enable it; ALLOWANCE_TEST_ALL=1 (set where the machine was prepared) makes a lack an error instead,
 * so that a suite can never be skipped there unnoticed.
 */
export function machineLacks(...ids: MachineNeed['id'][]): boolean {
  const lacking = machineNeeds().filter((need) => ids.includes(need.id) && !need.has)
  if (lacking.length > 0 && process.env.ALLOWANCE_TEST_ALL === '1')
    throw new Error(`this machine has no ${lacking.map((need) => need.id).join(', no ')}; run ${lacking[0]?.enable}`)
  return lacking.length > 0
}
