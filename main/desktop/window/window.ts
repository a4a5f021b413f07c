import path from 'node:path'
import { BrowserWindow, nativeTheme, screen } from 'electron'
import { tellWindow } from './ipc.ts'
import { PAGE_URL } from './page-address.ts'
import type { SettingsStore } from '../settings/settings-store.ts'
import { SMALLEST_SIZE, placeWindow } from './window-bounds.ts'
import { lockDown } from './window-lock.ts'

/** A page that dies this often in a minute will die again: reloading it would only burn the machine. */
const MAX_RELOADS_PER_MINUTE = 3

export interface MainWindow {
  /** Brings the window to the front, opening it where there is none; `hash` is the screen to show. */
  open(hash?: string): void
  /** Keeps size and place for the next run. */
  remember(): void
}

export interface MainWindowOptions {
  settings: SettingsStore
  /** The person closed the window: it is still there, to be hidden. */
  onClose: (window: BrowserWindow) => void
}

/** The one window of the app: made when it is first opened, and again after it was closed. */
export function createMainWindow(options: MainWindowOptions): MainWindow {
  let current: BrowserWindow | null = null
  return {
    open: (hash) => {
      if (current === null || current.isDestroyed()) {
        current = makeWindow(options, hash ?? '')
        return
      }
      if (hash !== undefined) tellWindow(current.webContents, 'allowance:go', hash)
      if (current.isMinimized()) current.restore()
      current.show()
      current.focus()
    },
    remember: () => {
      if (current === null || current.isDestroyed()) return
      options.settings.write({ window: { bounds: current.getNormalBounds(), isMaximized: current.isMaximized() } })
    },
  }
}

function makeWindow({ settings, onClose }: MainWindowOptions, hash: string): BrowserWindow {
  const saved = settings.read().window
  const workAreas = screen.getAllDisplays().map((display) => display.workArea)
  const window = new BrowserWindow({
    ...placeWindow(saved?.bounds ?? null, workAreas),
    minWidth: SMALLEST_SIZE.width,
    minHeight: SMALLEST_SIZE.height,
    title: 'Allowance',
    // The other systems take it from the package.
    ...(process.platform === 'linux' ? { icon: path.join(__dirname, '..', 'renderer', 'icon.png') } : {}),
    show: false,
    // Until the page has painted: without it a dark desktop gets a white flash.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#121211' : '#f6f5f2',
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.join(__dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (saved?.isMaximized) window.maximize()
  lockDown(window.webContents)
  reloadAfterCrash(window)
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    // Always: the app leaves without closing it.
    event.preventDefault()
    onClose(window)
  })
  void window.loadURL(PAGE_URL + hash)
  return window
}

/** The page is only a view: when it dies it is loaded again, and no call notices. */
function reloadAfterCrash(window: BrowserWindow): void {
  const reloadedAtMs: number[] = []
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    const nowMs = Date.now()
    reloadedAtMs.push(nowMs)
    if (reloadedAtMs.filter((atMs) => nowMs - atMs < 60_000).length > MAX_RELOADS_PER_MINUTE) return window.destroy()
    window.webContents.reload()
  })
}
