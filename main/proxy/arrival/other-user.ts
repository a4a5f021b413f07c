import { commandLine } from '../../../shared/values/command-line.ts'
import type { TurnedAway } from './proxy-token.ts'

/**
 * Whether a connection comes from another user of this machine, so that its calls would be counted as this developer's.
 * Where the system does not tell (`null`) nobody is turned away. Root may use any gateway, and root's gateway serves all
 * users, as in a container.
 */
export function isOtherUser(userId: number | null, ownUserId: number | null): boolean {
  if (userId === null || ownUserId === null) return false
  return userId !== ownUserId && userId !== 0 && ownUserId !== 0
}

export const otherUser = (): TurnedAway => ({
  status: 403,
  code: 'not-allowed',
  message: `this gateway belongs to another user of this machine, and your calls would be charged to them. Start your own with \`${commandLine('serve')}\`, or ask them to set "allowOtherUsers" in the settings`,
})
