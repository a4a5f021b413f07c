import type { DesktopChanges, DesktopView } from '../../../shared/contract/desktop-view.ts'
import { ApiError } from './api.ts'

/** Where the gateway answers, and the token that opens it. */
export interface Connection {
  origin: string
  token: string
}

/** What the desktop's preload gives the window; absent in a browser tab. */
export interface DesktopBridge {
  connection: () => Promise<Connection>
  platform: string
  /** Settings of the app itself; absent in an older app. */
  desktop?: () => Promise<DesktopView>
  changeDesktop?: (changes: DesktopChanges) => Promise<DesktopView>
  /** Starts the app's own gateway anew; false where it is another's. */
  restartGateway?: () => Promise<boolean>
}

declare global {
  interface Window {
    allowance?: DesktopBridge
  }
}

const TOKEN_KEY = 'allowance.token'

/**
 * In the desktop the preload knows. A browser tab trades the one-time code of its address for a token, once, and
 * keeps it for as long as the tab lives; the code leaves the address bar and the history at once.
 * Throws `ApiError` `denied` when the tab has neither.
 */
export async function findConnection(page: Window = window): Promise<Connection> {
  if (page.allowance) return page.allowance.connection()
  const origin = page.location.origin
  const code = takeCode(page)
  if (code !== null) page.sessionStorage.setItem(TOKEN_KEY, await exchange(origin, code, page))
  const token = page.sessionStorage.getItem(TOKEN_KEY)
  if (token === null) throw new ApiError('denied', 'This tab is not signed in.')
  return { origin, token }
}

/**
 * A link that is pasted into an open tab of the same gateway changes no more than the fragment, which loads nothing: the
 * page is loaded again, so that the code is traded as in a fresh tab.
 */
export function followPastedLinks(page: Window = window): void {
  page.addEventListener('hashchange', () => {
    if (codeOf(page) !== null) page.location.reload()
  })
}

function codeOf(page: Window): string | null {
  return new URLSearchParams(page.location.hash.replace(/^#\/?/, '')).get('code')
}

function takeCode(page: Window): string | null {
  const code = codeOf(page)
  if (code !== null) page.history.replaceState(null, '', page.location.pathname + page.location.search)
  return code
}

async function exchange(origin: string, code: string, page: Window): Promise<string> {
  const response = await page
    .fetch(`${origin}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    .catch(() => {
      throw new ApiError('unreachable', 'The gateway does not answer.')
    })
  if (!response.ok) throw new ApiError('denied', 'This link was used before or is too old.')
  const answer = (await response.json()) as { token: string }
  return answer.token
}
