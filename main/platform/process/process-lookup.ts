import type { ProcessLookup } from './found-process.ts'
import { createLinuxLookup } from './linux.ts'
import { createMacosLookup } from './macos.ts'
import { createWindowsLookup } from './windows.ts'

/** For systems where nobody can tell, and for traffic from other machines. */
export const NO_PROCESS_LOOKUP: ProcessLookup = {
  processOf: async () => null,
  userOf: async () => null,
  recheck: async (found) => found,
}

export function createProcessLookup(platform: NodeJS.Platform = process.platform): ProcessLookup {
  switch (platform) {
    case 'linux':
      return createLinuxLookup()
    case 'darwin':
      return createMacosLookup()
    case 'win32':
      return createWindowsLookup()
    default:
      return NO_PROCESS_LOOKUP
  }
}
