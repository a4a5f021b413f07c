import path from 'node:path'
import { type BrowserWindow, app, session } from 'electron'
import { confirmKill } from './confirm-kill.ts'
import { connectGateway } from './gateway/control-client.ts'
import { findGateway } from './gateway/find-gateway.ts'
import { forkGateway } from './gateway/gateway-child.ts'
import { answerRequests } from './window/ipc.ts'
import { opensAtLogin, setOpensAtLogin } from './settings/login-item.ts'
import { setApplicationMenu } from './window/menu.ts'
import { NoticeGate } from './notifications/notice-gate.ts'
import { showNotification } from './notifications/notifications.ts'
import { PAGE_ORIGIN } from './window/page-address.ts'
import { servePage } from './window/page-protocol.ts'
import { quitGently } from './quit.ts'
import { openSettingsStore } from './settings/settings-store.ts'
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
    notify: (text) => showNotification(text, () => actions.open('#/notices')),
    admitsNotice: (notice) => gate.admits(notice),
  })

  lockSession(session.defaultSession, { isPackaged: app.isPackaged })
  servePage(path.join(__dirname, '..', 'renderer'), () => shell.address)
  answerRequests({ 'allowance:connection': () => ({ origin: PAGE_ORIGIN, token: '' }) })

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

function trayFacts(shell: Shell): TrayFacts {
  const { status } = shell
  const state = status?.state
  return {
    view: shell.view,
    gateway: shell.gateway,
    traffic: state === undefined ? null : state === 'paused' || state === 'killed' ? state : 'passes',
    asks: status?.asks ?? [],
    canRaise: status?.spend.limitUsd != null,
    opensAtLogin: opensAtLogin(),
  }
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
