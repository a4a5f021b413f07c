import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { settingsSchema } from '../../shared/rules/settings.ts'
import { builtFile } from '../../main/cli/environment/child/built-file.ts'
import { type Clock, systemClock } from '../../main/platform/system/clock.ts'
import { createLogger, fileWriter } from '../../main/platform/system/logger.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { productVersion } from '../../main/platform/system/product-version.ts'
import { runGateway } from '../../main/gateway/run-gateway.ts'
import { playRole } from './demo/actor.ts'
import { morningLengthMs, playMorning } from './demo/morning.ts'
import { narrate } from './demo/narrator.ts'
import { openBrowser } from './demo/open-browser.ts'
import { demoProvider } from './demo/provider.ts'
import { type Role, ROLES } from './demo/roles.ts'
import { setStage, type Stage } from './demo/stage.ts'
import { newsLine, welcome } from './demo/words.ts'

const thisFile = fileURLToPath(import.meta.url)
/** Which role this process plays, with all it has to know. Absent: this is the demo itself. */
const ROLE = 'ALLOWANCE_DEMO_ROLE'

/** Where the fake provider stands for the real ones. */
const PROVIDERS = ['openai', 'anthropic', 'google']

/**
 * `npm run demo`: the gateway as it is, in a home that is gone afterwards; a fake provider; and each simulated tool a
 * process of its own in a repository of its own, so that who called is found out as it always is. `--json` prints what
 * is told as JSON lines, `--speed 4` plays four times as fast.
 */
async function demo(args: readonly string[]): Promise<void> {
  const isJson = args.includes('--json')
  const speed = Number(args[args.indexOf('--speed') + 1] ?? Number.NaN) || 1
  const stopped = stopSignal()
  const stage = setStage(ROLES, thisFile)
  const provider = demoProvider()
  const actors: ChildProcess[] = []
  try {
    const origin = await provider.start()
    let agoMs = morningLengthMs(systemClock())
    const gateway = await openGateway(stage, origin, () => systemClock() - agoMs)
    await playMorning(ROLES, gateway.runtime.proxy, agoMs, (ms) => (agoMs = ms))
    const startedMs = Date.now()
    const print = (text: string) => process.stdout.write(`${text}\n`)
    const { proxy, home } = gateway.runtime
    const page = gateway.pageUrl()
    if (isJson)
      print(
        JSON.stringify({
          schema: 1,
          ready: true,
          pid: process.pid,
          proxy,
          control: gateway.runtime.control,
          home,
          page,
        }),
      )
    else print(welcome({ page, home, opened: openBrowser(gateway.pageUrl()) }))
    const silence = narrate(gateway.view.books.ledger, (news) =>
      print(isJson ? JSON.stringify(news) : newsLine(news, startedMs)),
    )
    for (const role of ROLES) actors.push(enter(role, stage, proxy, speed))
    await stopped
    silence()
    for (const actor of actors) actor.kill()
    await gateway.stop('the demo is over')
  } finally {
    for (const actor of actors) actor.kill()
    await provider.stop()
    stage.remove()
  }
}

async function openGateway(stage: Stage, origin: string, clock: Clock) {
  const settings = settingsSchema.parse({
    port: 0,
    controlPort: 0,
    developer: 'you@example.com',
    upstreams: Object.fromEntries(PROVIDERS.map((id) => [id, origin])),
    policy: { url: stage.policyFile },
  })
  return runGateway({
    settings,
    home: stage.home,
    version: productVersion(),
    // No proxy and no policy of the machine has a part in this.
    env: { PATH: process.env.PATH },
    logger: createLogger({ write: fileWriter(homePaths(stage.home).log), clock: systemClock }),
    clock,
    tokenWorkerPath: builtFile('token-worker.cjs'),
  })
}

function enter(role: Role, stage: Stage, proxy: string, speed: number): ChildProcess {
  const env = { PATH: process.env.PATH, [ROLE]: JSON.stringify({ role, proxy, speed }) }
  // The channel is how an actor notices that the demo is gone, however it went.
  return spawn(process.execPath, [stage.scriptOf(role)], {
    cwd: stage.folderOf(role),
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function act(text: string): Promise<void> {
  const { role, proxy, speed } = JSON.parse(text) as { role: Role; proxy: string; speed: number }
  process.once('disconnect', () => process.exit())
  process.on('SIGINT', () => process.exit())
  await playRole(role, proxy, speed)
  await once(process, 'disconnect')
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}

const role = process.env[ROLE]
const running = role === undefined ? demo(process.argv.slice(2)) : act(role)
running.catch((error: unknown) => {
  // An actor whose gateway is gone has nothing to add.
  if (role === undefined)
    console.error(`allowance: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  process.exitCode = 1
})
