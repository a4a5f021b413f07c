import { useEffect, useRef } from 'react'
import { Toasts } from './components/dialogs/toasts.tsx'
import { AppHeader } from './components/frame/app-header.tsx'
import { AppNavigation } from './components/frame/app-navigation.tsx'
import { Asks } from './components/dialogs/asks.tsx'
import { CommandPalette } from './components/frame/command-palette.tsx'
import { LinkBanner } from './components/frame/link-banner.tsx'
import { usd } from './derive/format/amounts.ts'
import { CallsScreen } from './screens/calls/calls-screen.tsx'
import { ClientsScreen } from './screens/clients/clients-screen.tsx'
import { ConversationsScreen } from './screens/conversations/conversations-screen.tsx'
import { NoticesScreen } from './screens/notices/notices-screen.tsx'
import { OverviewScreen } from './screens/overview/overview-screen.tsx'
import { PolicyScreen } from './screens/policy/policy-screen.tsx'
import { ProjectsScreen } from './screens/projects/projects-screen.tsx'
import { SettingsScreen } from './screens/settings/settings-screen.tsx'
import { SignInScreen } from './screens/sign-in-screen.tsx'
import { SpendScreen } from './screens/spend/spend-screen.tsx'
import { SpikeScreen } from './screens/spike/spike-screen.tsx'
import { StartingScreen } from './screens/starting-screen.tsx'
import { type Route, useRoute } from './state/route.ts'
import { useSnapshot } from './state/store-context.tsx'

export function App() {
  return (
    <Toasts>
      <Window />
    </Toasts>
  )
}

function Window() {
  const route = useRoute()
  const link = useSnapshot((snapshot) => snapshot.link)
  const status = useSnapshot((snapshot) => snapshot.status)
  const main = useRef<HTMLElement>(null)
  const body = useRef<HTMLDivElement>(null)

  useEffect(() => {
    body.current?.scrollTo?.(0, 0)
  }, [route.screen])

  useEffect(() => {
    document.title = status ? `${usd(status.spend.spentUsd)} · Allowance` : 'Allowance'
  }, [status])

  if (link.phase === 'denied') return <SignInScreen reason={link.reason} />
  return (
    <div className="app">
      <a className="skip-link" href="#content" onClick={(event) => skipTo(event, main.current)}>
        Skip to content
      </a>
      <AppNavigation screen={route.screen} />
      {status && <CommandPalette status={status} />}
      <div className="app-body">
        <div className="app-top">
          <AppHeader screen={route.screen} />
          {status && <Asks status={status} />}
        </div>
        <div className="app-stage">
          <div className="app-scroll" ref={body}>
            <main id="content" ref={main} tabIndex={-1}>
              <LinkBanner />
              {status ? <CurrentScreen route={route} /> : <StartingScreen />}
            </main>
          </div>
        </div>
      </div>
    </div>
  )
}

/** The fragment belongs to the screens, so the link moves the focus itself. */
function skipTo(event: { preventDefault: () => void }, target: HTMLElement | null): void {
  event.preventDefault()
  target?.focus()
}

function CurrentScreen({ route }: { route: Route }) {
  switch (route.screen) {
    case 'overview':
      return <OverviewScreen raises={route.raises} />
    case 'calls':
      return <CallsScreen callId={route.itemId} query={route.query} />
    case 'spend':
      return <SpendScreen />
    case 'conversations':
      return <ConversationsScreen conversation={route.itemId} />
    case 'projects':
      return <ProjectsScreen />
    case 'clients':
      return <ClientsScreen />
    case 'spike':
      return <SpikeScreen />
    case 'policy':
      return <PolicyScreen />
    case 'notices':
      return <NoticesScreen />
    case 'settings':
      return <SettingsScreen />
  }
}
