/**
 * The dashboard's page has its own origin, so that no other program on this machine can stand in for it by
 * taking a port, and so that its policy can say `'self'`.
 */
export const PAGE_SCHEME = 'app'
export const PAGE_ORIGIN = `${PAGE_SCHEME}://allowance`
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`
