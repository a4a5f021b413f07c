import type { MenuItemConstructorOptions } from 'electron'
import type { Status } from '../../../shared/contract/contract.ts'
import { formatUsd, parseUsd } from '../../../shared/values/money.ts'
import type { GatewayState } from '../gateway/gateway-state.ts'
import type { AskAnswer } from '../gateway/gateway-watch.ts'
import type { ShellView } from './shell-view.ts'

export interface TrayFacts {
  view: ShellView
  gateway: GatewayState
  /** Null while there is none to stop. */
  traffic: 'passes' | 'paused' | 'killed' | null
  /** Calls that wait for an answer. */
  asks: Status['asks']
  /** The spend caps in force, the nearest to its limit first. */
  caps: Status['budgets']
  /** Null where the system has no such thing. */
  opensAtLogin: boolean | null
}

export interface TrayActions {
  open: (hash?: string) => void
  retry: () => void
  setPaused: (isPaused: boolean) => void
  setKilled: (isKilled: boolean) => void
  answer: (callId: string, answer: AskAnswer) => void
  setOpensAtLogin: (opensAtLogin: boolean) => void
  quit: () => void
}

/** Beyond these the window has the rest: a menu as high as the screen answers nothing. */
const MAX_ASKS = 3
const MAX_CAPS = 8
const MAX_LABEL_CHARACTERS = 70
const ANSWERS: readonly [string, AskAnswer][] = [
  ['Once', 'once'],
  ['For 30 Minutes', '30m'],
  ['Stop', 'stop'],
]

/** The tray's menu; its first row is the state in a sentence, which is all that a Linux tray can say. */
export function trayMenu(facts: TrayFacts, actions: TrayActions): MenuItemConstructorOptions[] {
  const { view, gateway, opensAtLogin } = facts
  const lines = [view.sentence, ...(view.hint === null ? [] : [view.hint])]
  return [
    ...lines.map((label): MenuItemConstructorOptions => ({ label: asLabel(label), enabled: false })),
    { type: 'separator' },
    ...questions(facts, actions),
    { label: 'Open Allowance', click: () => actions.open() },
    { label: 'Notices', click: () => actions.open('#/notices') },
    ...caps(facts, actions),
    ...(gateway.kind === 'down' ? [{ label: 'Try Again Now', click: () => actions.retry() }] : []),
    ...brakes(facts, actions),
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

/** Every cap with what is left of it, and the ways to more and to another. */
function caps({ caps: known, gateway }: TrayFacts, actions: TrayActions): MenuItemConstructorOptions[] {
  if (gateway.kind !== 'running') return []
  const shown = known.slice(0, MAX_CAPS).map(
    ({ rule, key, spent, limit, raised }): MenuItemConstructorOptions => ({
      label: asLabel(`${key === null ? rule : `${rule}: ${key}`}, ${dollars(spent)} of ${dollars(limit, raised)}`),
      click: () => actions.open('#/policy'),
    }),
  )
  return [
    { label: 'Set a Cap…', click: () => actions.open('#/policy?cap') },
    ...(known.length === 0
      ? []
      : [
          { label: 'Raise a Cap…', click: () => actions.open('#/overview?raise') },
          { label: 'Caps', submenu: shown },
        ]),
  ]
}

function dollars(...amounts: string[]): string {
  return formatUsd(amounts.reduce((sum, amount) => sum + (parseUsd(amount) ?? 0), 0))
}

/** Calls that wait, the most urgent first: each can be answered without opening anything. */
function questions({ asks }: TrayFacts, actions: TrayActions): MenuItemConstructorOptions[] {
  if (asks.length === 0) return []
  const urgent = [...asks].sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt)).slice(0, MAX_ASKS)
  const more = asks.length - urgent.length
  return [
    ...urgent.map(
      ({ callId, question }): MenuItemConstructorOptions => ({
        label: asLabel(question),
        submenu: ANSWERS.map(([label, answer]) => ({ label, click: () => actions.answer(callId, answer) })),
      }),
    ),
    ...(more > 0 ? [{ label: `${more} More Waiting`, click: () => actions.open() }] : []),
    { type: 'separator' },
  ]
}

function brakes({ traffic }: TrayFacts, actions: TrayActions): MenuItemConstructorOptions[] {
  if (traffic === null) return []
  if (traffic === 'killed')
    return [{ type: 'separator' }, { label: 'Turn Off the Kill Switch', click: () => actions.setKilled(false) }]
  const isPaused = traffic === 'paused'
  return [
    { type: 'separator' },
    {
      label: isPaused ? 'Resume All Traffic' : 'Pause All Traffic',
      click: () => actions.setPaused(!isPaused),
    },
    { label: 'Kill Switch…', click: () => actions.setKilled(true) },
  ]
}

/** Quit says what it takes with it. */
function quitLabel(gateway: GatewayState): string {
  if (gateway.kind !== 'running') return 'Quit Allowance'
  return gateway.own ? 'Quit and Stop the Gateway' : 'Quit (the Gateway Keeps Running)'
}

/** In a menu a lone & underlines the next letter and disappears, and a long line makes it as wide as the screen. */
function asLabel(text: string): string {
  const characters = Array.from(text)
  const short =
    characters.length <= MAX_LABEL_CHARACTERS ? text : `${characters.slice(0, MAX_LABEL_CHARACTERS - 1).join('')}…`
  return short.replaceAll('&', '&&')
}
