import { Menu, type NativeImage, Tray, nativeImage, nativeTheme } from 'electron'
import { drawGauge } from './gauge-image.ts'
import type { ShellView } from './shell-view.ts'
import { type TrayActions, type TrayFacts, trayMenu } from './tray-menu.ts'

/** Logical pixels of a tray icon: what each system draws without scaling. */
const SIZE_PX = { darwin: 18, win32: 16, linux: 22 } as Record<string, number>

export interface ShellTray {
  show(facts: TrayFacts): void
  close(): void
}

/** Puts the gauge into the tray. Where there is no tray host nothing is seen, and nothing fails. */
export function openTray(first: TrayFacts, actions: TrayActions): ShellTray {
  const tray = new Tray(gaugeImage(first.view))
  let latest = first
  const show = (facts: TrayFacts) => {
    latest = facts
    tray.setImage(gaugeImage(facts.view))
    tray.setToolTip(`Allowance: ${facts.view.sentence}`)
    if (process.platform === 'darwin') tray.setTitle(facts.view.title, { fontType: 'monospacedDigit' })
    // Linux shows a changed menu only when it is set again; building it anew is the same work everywhere.
    tray.setContextMenu(Menu.buildFromTemplate(trayMenu(facts, actions)))
  }
  const redraw = () => show(latest)
  nativeTheme.on('updated', redraw)
  tray.on('click', () => actions.open())
  show(first)
  return {
    show,
    close: () => {
      nativeTheme.off('updated', redraw)
      tray.destroy()
    },
  }
}

function gaugeImage({ ratio, tone }: ShellView): NativeImage {
  const sizePx = SIZE_PX[process.platform] ?? 22
  // The panels of Linux desktops are dark in nearly every theme, whatever the applications are.
  const isDark = process.platform === 'linux' || nativeTheme.shouldUseDarkColors
  const theme = process.platform === 'darwin' ? 'template' : isDark ? 'dark' : 'light'
  const image = nativeImage.createEmpty()
  for (const scaleFactor of [1, 2]) {
    const buffer = drawGauge({ sizePx: sizePx * scaleFactor, ratio, tone, theme })
    image.addRepresentation({ scaleFactor, buffer })
  }
  image.setTemplateImage(theme === 'template')
  return image
}
