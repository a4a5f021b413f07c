import { describe, expect, it } from 'vitest'
import { autostartEntry, autostartFile } from '../../../main/desktop/settings/autostart.ts'
import { readArguments } from '../../../main/desktop/settings/desktop-arguments.ts'
import { isSafeLink } from '../../../main/desktop/window/safe-link.ts'

describe('the command line of the desktop', () => {
  it('reads the flags of serve, whatever Chromium and the launcher put between', () => {
    const argv = ['--no-sandbox', '/opt/allowance', '--port', '0', '--policy=https://acme.dev/p', '--inspect=0']
    expect(readArguments(argv)).toEqual({
      isHidden: false,
      env: { ALLOWANCE_PORT: '0', ALLOWANCE_POLICY: 'https://acme.dev/p' },
    })
  })

  it('goes to the tray when it was opened at login', () => {
    expect(readArguments(['--hidden']).isHidden).toBe(true)
  })
})

describe('opening at login on Linux', () => {
  it('is an entry where the desktop looks for it', () => {
    expect(autostartFile({ HOME: '/home/ada' })).toBe('/home/ada/.config/autostart/allowance.desktop')
    expect(autostartFile({ HOME: '/home/ada', XDG_CONFIG_HOME: '/c' })).toBe('/c/autostart/allowance.desktop')
  })

  it('quotes a path as the specification says', () => {
    expect(autostartEntry('/opt/100% $mine/Allowance')).toContain('Exec="/opt/100%% \\$mine/Allowance" --hidden\n')
  })
})

describe('links', () => {
  it.each(['http://acme.dev', 'file:///etc/passwd', 'https://acme.dev@evil.example/', 'smb://x', 'nonsense'])(
    '%s stays closed',
    (url) => expect(isSafeLink(url)).toBe(false),
  )
  it('https opens in the browser', () => expect(isSafeLink('https://acme.dev/policy')).toBe(true))
})
