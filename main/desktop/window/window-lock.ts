import { type Session, type WebContents, shell } from 'electron'
import { PAGE_ORIGIN, PAGE_SCHEME } from './page-address.ts'
import { isSafeLink } from './safe-link.ts'

/** The copy buttons. Everything else that a page can ask a user for is not this page's business. */
const GRANTED = new Set(['clipboard-sanitized-write'])

/** Keeps `contents` on our own page: it goes nowhere, opens nothing, and embeds nothing. */
export function lockDown(contents: WebContents): void {
  contents.on('will-navigate', (details) => {
    if (!details.url.startsWith(`${PAGE_ORIGIN}/`)) details.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    // To the developer's own browser, and only what a browser shows: another scheme would start a program.
    if (isSafeLink(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** Denies permissions, and every request that is not for our own page: the dashboard shows what is on this machine. */
export function lockSession(session: Session, { isPackaged }: { isPackaged: boolean }): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(GRANTED.has(permission)))
  session.setPermissionCheckHandler((_contents, permission) => GRANTED.has(permission))
  const allowed = isPackaged ? [`${PAGE_SCHEME}:`] : [`${PAGE_SCHEME}:`, 'devtools:']
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    callback({ cancel: !allowed.includes(new URL(url).protocol) && !url.startsWith('data:image/') })
  })
}
