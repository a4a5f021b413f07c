import type { SpendFilter } from '../../../../shared/contract/explore.ts'
import type { Dimensions } from '../../policy/document/scope.ts'

/** One piece of work is a session, else what one program does in one place, else a conversation. */
export function workloadName({ values }: Dimensions): string {
  const { session, project, branch, agent, process, conversation } = values
  if (session !== undefined) return `session ${session}`
  if (project !== undefined || agent !== undefined || process !== undefined)
    return JSON.stringify([project, branch, agent, process])
  return `conversation ${conversation ?? ''}`
}

/** The filter that finds exactly the calls of a workload. */
export function workloadFilter({ values }: Dimensions): SpendFilter {
  const { session, project, branch, agent, process, conversation } = values
  if (session !== undefined) return { session: [session] }
  if (project !== undefined || agent !== undefined || process !== undefined)
    return { project: [project ?? null], branch: [branch ?? null], agent: [agent ?? null], process: [process ?? null] }
  return { conversation: [conversation ?? null] }
}

/** A workload in the words of who runs it: the agent or program, and where. */
export function workloadWords({ values }: Dimensions): string {
  const { project, branch, agent, process, session, conversation } = values
  const who = agent ?? process ?? session ?? conversation ?? 'an unknown program'
  const where = project === undefined ? '' : ` in ${project}${branch === undefined ? '' : ` (${branch})`}`
  return `${who}${where}`
}
