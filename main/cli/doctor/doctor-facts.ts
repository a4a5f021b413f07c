import type { RuntimeFile, Status } from '../../../shared/contract/contract.ts'
import type { Environment } from '../environment/variables/saved-environment.ts'
import type { FoundClient } from './clients.ts'

/** What the doctor found; gathered in one place, judged in another (`checks`). */
export interface DoctorFacts {
  nowMs: number
  platform: NodeJS.Platform
  env: Environment
  home: HomeFacts
  /** What is wrong with `settings.json`; null when nothing is. */
  settingsTrouble: string | null
  gateway: {
    runtime: RuntimeFile | null
    healthy: boolean
    /** Where it listens, or would. */
    proxyUrl: string
    /** Somebody else answers at that place. */
    portTaken: boolean
  }
  /** Null where no gateway could be asked. */
  status: Status | null
  /** When the newest certificate authority ends; null where there is none. */
  authorityEndsAtMs: number | null
  /** Proxies and base URLs of the environment on this machine, and what answers there. */
  places: readonly Place[]
  /** Certificate files that the environment names. */
  trust: readonly TrustFile[]
  /** The first `node` on PATH. */
  node: { path: string; version: string | null } | null
  trips: readonly Trip[]
  clients: readonly FoundClient[]
}

export interface HomeFacts {
  path: string
  exists: boolean
  writable: boolean
  /** Files that others on this machine can read. */
  open: readonly string[]
}

export interface Place {
  name: string
  url: string
  answers: 'gateway' | 'other' | 'nobody'
}

export interface TrustFile {
  name: string
  path: string
  exists: boolean
  /** Our roots are in it. */
  trustsUs: boolean
}

/** One way through the gateway that was really gone. */
export interface Trip {
  /** The program that made it. */
  client: string
  mode: 'base-url' | 'connect' | 'blind tunnel'
  /** Null when it arrived. */
  failure: string | null
}

/** What the doctor says. `fix` is a command or a sentence; null where there is nothing to do. */
export interface Check {
  id: string
  status: 'ok' | 'note' | 'warn' | 'fail'
  what: string
  why: string
  fix: string | null
}
