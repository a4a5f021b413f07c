/** Something end-to-end tests need besides Node; `enable` is the one command that gives it to a machine that lacks it. */
export interface MachineNeed {
  id: 'chromium' | 'xvfb' | 'electron' | 'dbus' | 'netns' | 'node24' | 'redis'
  tests: string
  has: boolean
  enable: string
}
export function findProgram(name: string): string | null
export function findChromium(): string | null
export function findTestElectron(): string | null
export function machineNeeds(): MachineNeed[]

/** Whether this user may make network namespaces. */
export function canMakeNamespaces(): boolean
