import type { DesktopView } from '../../../shared/contract/desktop-view.ts'

/** Everything that crosses between a window and the shell. Names and types only, so that the preload can hold them too. */

/** Where the window finds the control API. The token is never in it: the shell adds it on the way (page-protocol). */
export interface WindowConnection {
  origin: string
  token: string
}

/** Asked by the window, answered by the shell. */
export interface WindowRequests {
  'allowance:connection': () => WindowConnection
  'allowance:desktop': () => DesktopView
  /** What is asked for is checked on the other side: a page is never trusted. */
  'allowance:change-desktop': (changes: unknown) => DesktopView
  /** Starts the app's own gateway anew; false where it is another's. */
  'allowance:restart-gateway': () => Promise<boolean>
}
export type WindowRequestName = keyof WindowRequests

/** Told by the shell to the window. */
export interface WindowMessages {
  /** A screen of the dashboard, as the hash of its address: `#/notices`. */
  'allowance:go': string
}
