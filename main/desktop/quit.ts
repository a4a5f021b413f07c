import { commandLine } from '../../shared/values/command-line.ts'
import { app, dialog, powerMonitor } from 'electron'
import type { GatewayState } from './gateway/gateway-state.ts'
import type { SettingsStore } from './settings/settings-store.ts'

export interface QuitOptions {
  settings: SettingsStore
  gateway: () => GatewayState
  /** Ends what the app started; resolves when it is gone. */
  stop: () => Promise<void>
}

/**
 * To be called when the app is ready. Makes every way out of the app end the gateway it started, gently, and lets a
 * person know beforehand that it does. A signal or a shutdown of the machine is not asked back.
 */
export function quitGently({ settings, gateway, stop }: QuitOptions): void {
  let isAsking = false
  let isStopping = false
  const leave = async () => {
    if (isStopping) return
    isStopping = true
    await stop()
    // Not quit once more: when Chromium began it, on a signal, the second time closes the windows and stays.
    app.exit(0)
  }
  app.on('before-quit', (event) => {
    event.preventDefault()
    if (isAsking || isStopping) return
    isAsking = true
    void confirmQuit(settings, gateway()).then((isSure) => {
      isAsking = false
      if (isSure) void leave()
    })
  })
  const leaveAtOnce = () => void leave()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Listeners from before the app was ready have lost the signal to Chromium, and so would any added to them: begin again.
    process.removeAllListeners(signal)
    process.on(signal, leaveAtOnce)
  }
  powerMonitor.on('shutdown', leaveAtOnce)
}

/** True if the person agrees, or need not be asked: only our own gateway ends with us. */
async function confirmQuit(settings: SettingsStore, gateway: GatewayState): Promise<boolean> {
  if (gateway.kind !== 'running' || !gateway.own || !settings.read().confirmQuit) return true
  const { response, checkboxChecked } = await dialog.showMessageBox({
    type: 'question',
    message: 'Quit Allowance and stop its gateway?',
    detail: [
      'The gateway started by this app stops with it. Running calls get ten seconds to finish.',
      `Programs started with “${commandLine()} run” continue unmetered; terminals set up with “${commandLine()} env” get errors until a gateway is back.`,
      `To keep a gateway without the app: ${commandLine()} serve`,
    ].join('\n\n'),
    buttons: ['Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 1,
    checkboxLabel: 'Don’t ask again',
    checkboxChecked: false,
  })
  if (response === 0 && checkboxChecked) settings.write({ confirmQuit: false })
  return response === 0
}
