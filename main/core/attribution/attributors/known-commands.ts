/** Programs that run a script named in their arguments. */
export const INTERPRETER =
  /^(?:node|nodejs|bun|deno|tsx|ts-node|electron|python[\d.]*|pypy[\d.]*|ruby|perl|php|lua|Rscript|java|sh|bash|zsh|dash|ksh|fish|pwsh|powershell|uv)$/i

const PACKAGE_MANAGER = ['test', 't', 'start', 'run', 'run-script', 'exec', 'x', 'dlx', 'ci', 'install', 'i']

/** Subcommands that may stand in a record: words of the program's own, never of its user's. */
const SUBCOMMANDS: Readonly<Record<string, readonly string[]>> = {
  npm: PACKAGE_MANAGER,
  pnpm: PACKAGE_MANAGER,
  yarn: PACKAGE_MANAGER,
  bun: PACKAGE_MANAGER,
  deno: ['run', 'test', 'task', 'serve', 'eval'],
  go: ['run', 'test', 'build', 'generate', 'tool'],
  cargo: ['run', 'test', 'build', 'bench', 'nextest'],
  dotnet: ['run', 'test', 'build', 'watch'],
  swift: ['run', 'test', 'build'],
  zig: ['run', 'test', 'build'],
  mix: ['run', 'test'],
  flutter: ['run', 'test'],
  dart: ['run', 'test'],
  mvn: ['test', 'verify', 'package'],
  gradle: ['test', 'check', 'build', 'run'],
  gradlew: ['test', 'check', 'build', 'run'],
  make: ['test', 'check', 'build', 'run'],
  uv: ['run', 'tool'],
  poetry: ['run'],
  pipenv: ['run'],
  hatch: ['run', 'test'],
  playwright: ['test'],
  cypress: ['run', 'open'],
  vitest: ['run', 'watch', 'bench'],
  codex: ['exec', 'resume', 'review', 'mcp', 'mcp-server', 'app-server'],
  claude: ['mcp'],
  opencode: ['run', 'serve', 'web'],
  gemini: ['mcp'],
  goose: ['run', 'session'],
  allowance: ['run', 'serve'],
  docker: ['run', 'exec', 'compose'],
  next: ['dev', 'build', 'start'],
  nx: ['run', 'test', 'build'],
  turbo: ['run', 'test', 'build'],
  flask: ['run'],
  jupyter: ['notebook', 'lab', 'console', 'nbconvert'],
}

/** Build tools whose subcommand is what one wants to know of an ancestor: `go test`, `npm run dev`. */
export const NAMED_WITH_SUBCOMMAND = new Set(
  'npm pnpm yarn bun deno go cargo dotnet swift zig mix flutter dart mvn gradle gradlew make'.split(' '),
)

/** Script names of a manifest that everybody has; others could say something. */
const USUAL_SCRIPT = /^(?:test|dev|start|build|lint|check|ci|e2e|bench|serve)(?:[:.-][\w:.-]{1,30})?$/

/** The known subcommand that these arguments begin with (`run dev`, `test`); null when there is none. */
export function knownSubcommand(program: string, args: readonly string[]): string | null {
  const known = Object.hasOwn(SUBCOMMANDS, program) ? SUBCOMMANDS[program] : undefined
  const words = args.filter((word) => !word.startsWith('-'))
  const first = words[0]
  if (known === undefined || first === undefined || !known.includes(first)) return null
  const script = words[1]
  const namesScript = (known === PACKAGE_MANAGER && first.startsWith('run')) || first === 'task'
  return namesScript && script !== undefined && USUAL_SCRIPT.test(script) ? `${first} ${script}` : first
}
