import { Menu, type MenuItemConstructorOptions, app } from 'electron'

const SCREENS = [
  ['Overview', '#/overview'],
  ['Calls', '#/calls'],
  ['Spend', '#/spend'],
  ['Policy', '#/policy'],
  ['Notices', '#/notices'],
] as const

/** Sets the menu of the application: the system's own roles, and the screens by number. */
export function setApplicationMenu(open: (hash: string) => void): void {
  const screens = SCREENS.map(
    ([label, hash], index): MenuItemConstructorOptions => ({
      label,
      accelerator: `CmdOrCtrl+${index + 1}`,
      click: () => open(hash),
    }),
  )
  const developer: MenuItemConstructorOptions[] = app.isPackaged
    ? []
    : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }]
  const zoom: MenuItemConstructorOptions[] = [
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
      {
        label: 'File',
        submenu: [{ role: 'close' }, ...(process.platform === 'darwin' ? [] : [{ role: 'quit' as const }])],
      },
      { role: 'editMenu' },
      { label: 'View', submenu: [...screens, ...zoom, ...developer] },
      { role: 'windowMenu' },
    ]),
  )
}
