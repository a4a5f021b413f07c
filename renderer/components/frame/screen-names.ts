import type { Screen } from '../../state/route.ts'

export const SCREEN_NAMES: Record<Screen, string> = {
  overview: 'Overview',
  calls: 'Calls',
  spend: 'Spend',
  policy: 'Caps & policy',
  notices: 'Notices',
  settings: 'Settings',
}
