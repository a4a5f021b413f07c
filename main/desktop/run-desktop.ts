import path from 'node:path'
import { type BrowserWindow, app, session } from 'electron'
import type { Status } from '../../shared/contract/contract.ts'
import { confirmKill } from './confirm-kill.ts'
import { connectGateway } from './gateway/control-client.ts'
import { findGateway } from './gateway/find-gateway.ts'
import { forkGateway } from './gateway/gateway-child.ts'
import { answerRequests } from './window/ipc.ts'
import { opensAtLogin, setOpensAtLogin } from './settings/login-item.ts'
import { setApplicationMenu } from './window/menu.ts'
import { changeDesktop, desktopView } from './settings/desktop-choices.ts'
import { NoticeGate } from './notifications/notice-gate.ts'
import { showNotification } from './notifications/notifications.ts'
import { isQuiet } from './notifications/quiet-hours.ts'
import { PAGE_ORIGIN } from './window/page-address.ts'
import { servePage } from './window/page-protocol.ts'
import { quitGently } from './quit.ts'
import { type SettingsStore, openSettingsStore } from './settings/settings-store.ts'
import { Shell } from './shell.ts'
import { openTray } from './tray/tray.ts'
import { hasTrayHost } from './tray/tray-host.ts'
import type { TrayActions, TrayFacts } from './tray/tray-menu.ts'
import { createMainWindow } from './window/window.ts'
import { lockSession } from './window/window-lock.ts'

export interface DesktopOptions {
  home: string
  /** Environment of the gateway, complete. */
  env: Record<string, string>
  isHidden: boolean
}

/** The desktop's composition root; the app is ready. Ties the shell to its faces: window, tray, menu, notifications. */
export async function runDesktop({ home, env, isHidden }: DesktopOptions): Promise<void> {
  const settings = openSettingsStore()
  const gate = new NoticeGate(settings.read().shownNotices, (shownNotices) => settings.write({ shownNotices }))
  const shell = new Shell({
    findRunning: () => findGateway(home),
    startChild: () => forkGateway(path.join(__dirname, '..', 'gateway.cjs'), env),
    connect: connectGateway,
    onChange: () => tray.show(trayFacts(shell)),
    notify: (text) => {
      if (mayNotify(settings)) showNotification(text, (hash) => actions.open(hash))
    },
    admitsNotice: (notice) => gate.admits(notice),
  })

  lockSession(session.defaultSession, { isPackaged: app.isPackaged })
  servePage(path.join(__dirname, '..', 'renderer'), () => shell.address)
  const view = () => desktopView(settings, shell.gateway.kind === 'running' && shell.gateway.own)
  answerRequests({
    'allowance:connection': () => ({ origin: PAGE_ORIGIN, token: '' }),
    'allowance:desktop': view,
    'allowance:change-desktop': (asked) => {
      changeDesktop(settings, asked)
      tray.show(trayFacts(shell))
      return view()
    },
    'allowance:restart-gateway': () => shell.restart(),
  })

  const window = createMainWindow({ settings, onClose: (closing) => void hideOrQuit(closing) })
  const stop = async () => {
    window.remember()
    await shell.stop()
    tray.close()
  }
  quitGently({ settings, gateway: () => shell.gateway, stop })
  const actions: TrayActions = {
    open: (hash) => window.open(hash),
    retry: () => void shell.retry(),
    setPaused: (isPaused) => void shell.setPaused(isPaused),
    setKilled: (isKilled) => void setKilled(shell, isKilled),
    answer: (callId, answer) => void shell.answer(callId, answer),
    setOpensAtLogin: (opens) => {
      setOpensAtLogin(opens)
      tray.show(trayFacts(shell))
    },
    quit: () => app.quit(),
  }
  const tray = openTray(trayFacts(shell), actions)
  setApplicationMenu((hash) => window.open(hash))
  app.on('second-instance', () => window.open())
  app.on('activate', () => window.open())
  app.on('window-all-closed', () => {
    // The tray is left, and the gateway goes on.
  })
  if (!isHidden || !(await hasTrayHost())) window.open()
  await shell.start()
}

/** Not at all, or not in the quiet hours; the notice centre of the window has every notice all the same. */
function mayNotify(settings: SettingsStore): boolean {
  const { notifications, quietHours } = settings.read()
  const now = new Date()
  return notifications && !isQuiet(quietHours, now.getHours() * 60 + now.getMinutes())
}

function trayFacts(shell: Shell): TrayFacts {
  const { status } = shell
  const state = status?.state
  return {
    view: shell.view,
    gateway: shell.gateway,
    traffic: state === undefined ? null : state === 'paused' || state === 'killed' ? state : 'passes',
    asks: status?.asks ?? [],
    caps: (status?.budgets ?? [])
      .filter(({ guard }) => guard === 'spend-cap')
      .sort((a, b) => usedShare(b) - usedShare(a)),
    opensAtLogin: opensAtLogin(),
  }
}

function usedShare({ limit, raised, left }: Status['budgets'][number]): number {
  const whole = Number(limit) + Number(raised)
  return whole === 0 ? 1 : 1 - Number(left) / whole
}

/** Letting go is harmless; ending what runs is asked about first. */
async function setKilled(shell: Shell, isKilled: boolean): Promise<void> {
  if (!isKilled || (await confirmKill())) await shell.setKilled(isKilled)
}

/** Without a tray nobody would find a hidden window again: there closing it means to quit, which asks where it matters. */
async function hideOrQuit(window: BrowserWindow): Promise<void> {
  if (await hasTrayHost()) window.hide()
  else app.quit()
}
