import { contextBridge, ipcRenderer } from 'electron'
import type { WindowMessages, WindowRequestName, WindowRequests } from './ipc-contract.ts'

function ask<Name extends WindowRequestName>(
  name: Name,
  asked?: unknown,
): Promise<Awaited<ReturnType<WindowRequests[Name]>>> {
  return ipcRenderer.invoke(name, asked)
}

function listen<Name extends keyof WindowMessages>(
  name: Name,
  listener: (message: WindowMessages[Name]) => void,
): void {
  ipcRenderer.on(name, (_event, message: WindowMessages[Name]) => listener(message))
}

/** All that the page can reach of the desktop. */
contextBridge.exposeInMainWorld('allowance', {
  connection: () => ask('allowance:connection'),
  platform: process.platform,
  desktop: () => ask('allowance:desktop'),
  changeDesktop: (changes: unknown) => ask('allowance:change-desktop', changes),
  restartGateway: () => ask('allowance:restart-gateway'),
})

// The page is routed by its hash, so that the shell can open a screen without the page having to know of a shell.
const page = globalThis as unknown as { location: { hash: string } }
listen('allowance:go', (hash) => {
  page.location.hash = hash
})
