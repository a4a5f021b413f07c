import type { MenuItemConstructorOptions } from 'electron'
import type { GatewayState } from './gateway-state.ts'
import type { ShellView } from './shell-view.ts'

export interface TrayFacts {
  view: ShellView
  gateway: GatewayState
  /** Null while there is nothing to pause. */
  isPaused: boolean | null
  /** Null where the system has no such thing. */
  opensAtLogin: boolean | null
}

export interface TrayActions {
  open: (hash?: string) => void
  retry: () => void
  setPaused: (isPaused: boolean) => void
  setOpensAtLogin: (opensAtLogin: boolean) => void
  quit: () => void
}

/** The tray's menu; its first row is the state in a sentence, which is all that a Linux tray can say. */
export function trayMenu(facts: TrayFacts, actions: TrayActions): MenuItemConstructorOptions[] {
  const { view, gateway, isPaused, opensAtLogin } = facts
  const lines = [view.sentence, ...(view.hint === null ? [] : [view.hint])]
  return [
    ...lines.map((label): MenuItemConstructorOptions => ({ label: escapeLabel(label), enabled: false })),
    { type: 'separator' },
    { label: 'Open Allowance', click: () => actions.open() },
    { label: 'Notices', click: () => actions.open('#/notices') },
    ...(gateway.kind === 'down' ? [{ label: 'Try Again Now', click: () => actions.retry() }] : []),
    ...(isPaused === null
      ? []
      : [
          {
            label: isPaused ? 'Resume All Traffic' : 'Pause All Traffic',
            click: () => actions.setPaused(!isPaused),
          },
        ]),
    { type: 'separator' },
    ...(opensAtLogin === null
      ? []
      : [
          {
            label: 'Open at Login',
            type: 'checkbox' as const,
            checked: opensAtLogin,
            click: () => actions.setOpensAtLogin(!opensAtLogin),
          },
        ]),
    { label: quitLabel(gateway), click: () => actions.quit() },
  ]
}

/** Quit says what it takes with it. */
function quitLabel(gateway: GatewayState): string {
  if (gateway.kind !== 'running') return 'Quit Allowance'
  return gateway.own ? 'Quit and Stop the Gateway' : 'Quit (the gateway goes on)'
}

/** In a menu a lone & underlines the next letter and disappears. */
function escapeLabel(text: string): string {
  return text.replaceAll('&', '&&')
}
