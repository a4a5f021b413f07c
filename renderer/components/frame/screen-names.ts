import type { Screen } from '../../state/route.ts'

export const SCREEN_NAMES: Record<Screen, string> = {
  overview: 'Overview',
  calls: 'Calls',
  spend: 'Spend',
  conversations: 'Conversations',
  projects: 'Projects',
  clients: 'Clients',
  spike: 'Spike',
  policy: 'Caps & policy',
  notices: 'Notices',
  settings: 'Settings',
}
