import { routeHash, SCREENS, type Screen } from '../../state/route.ts'
import { useSnapshot } from '../../state/store-context.tsx'
import { Icon } from '../controls/icon.tsx'
import { SCREEN_NAMES } from './screen-names.ts'
import { UnreadCount } from './unread-count.tsx'

export function AppNavigation({ screen }: { screen: Screen }) {
  const status = useSnapshot((snapshot) => snapshot.status)
  const phase = useSnapshot((snapshot) => snapshot.link.phase)
  return (
    <nav className="navigation" aria-label="Screens">
      <div className="brand">
        <img src="./icon.svg" alt="" width={24} height={24} />
        <span className="wide-only">Allowance</span>
      </div>
      <ul>
        {SCREENS.filter((name) => name !== 'spike').map((name) => (
          <li key={name}>
            <a
              href={routeHash(name)}
              aria-current={name === screen ? 'page' : name === PARENTS[screen] ? 'true' : undefined}
              title={SCREEN_NAMES[name]}
            >
              <Icon name={name} size={17} />
              <span className="wide-only">{SCREEN_NAMES[name]}</span>
              {name === 'notices' && <UnreadCount />}
            </a>
          </li>
        ))}
      </ul>
      <footer className={`navigation-foot phase-${phase}`}>
        <span className="phase-dot" aria-hidden="true" />
        <div className="wide-only navigation-who">
          <span title={status?.developer.id}>{status?.developer.id ?? 'Allowance'}</span>
          <span className="quiet">{PHASES[phase]}</span>
        </div>
      </footer>
    </nav>
  )
}

/** Where a screen without a link of its own is reached from. */
const PARENTS: Partial<Record<Screen, Screen>> = { spike: 'spend' }

const PHASES = { connecting: 'Connecting …', live: 'Live', lost: 'Gateway away', denied: 'Signed out' }
