/**
 * How the coding agents call themselves. One line an agent: its name in the books, then how its user agent (or its
 * `originator` or `x-title`) begins, and the names of its command. Measured: codex, opencode, gemini-cli, qwen-code;
 * the others as their sources have it. SDK names (`OpenAI/JS`, `ai-sdk`) are no agents: nobody is charged to a library.
 */
const AGENTS: readonly { agent: string; userAgent: RegExp; commands: readonly string[] }[] = [
  { agent: 'codex', userAgent: /^codex(?![a-z])/i, commands: ['codex'] },
  { agent: 'claude-code', userAgent: /^claude[-_ ](?:cli|code)\b/i, commands: ['claude', 'claude-code'] },
  { agent: 'gemini-cli', userAgent: /^gemini-?cli\b/i, commands: ['gemini', 'gemini-cli'] },
  { agent: 'opencode', userAgent: /^opencode\b/i, commands: ['opencode'] },
  { agent: 'qwen-code', userAgent: /^qwen-?code\b/i, commands: ['qwen', 'qwen-code'] },
  { agent: 'cline', userAgent: /^cline\b/i, commands: ['cline'] },
  { agent: 'roo-code', userAgent: /^roo[- ]?code\b/i, commands: [] },
  { agent: 'kilo-code', userAgent: /^kilo[- ]?code\b/i, commands: ['kilocode'] },
  { agent: 'continue', userAgent: /^continue\b/i, commands: ['cn'] },
  { agent: 'aider', userAgent: /^aider\b/i, commands: ['aider'] },
  { agent: 'goose', userAgent: /^goose\b/i, commands: ['goose'] },
  { agent: 'crush', userAgent: /^(?:charm[- ])?crush\b/i, commands: ['crush'] },
  { agent: 'amp', userAgent: /^amp(?:code)?[/ ]/i, commands: ['amp'] },
  { agent: 'openhands', userAgent: /^openhands\b/i, commands: ['openhands'] },
  { agent: 'copilot', userAgent: /^(?:github ?)?copilot/i, commands: ['copilot'] },
  { agent: 'cursor', userAgent: /^cursor\b/i, commands: ['cursor-agent'] },
  { agent: 'zed', userAgent: /^zed\b/i, commands: [] },
  { agent: 'pi', userAgent: /^pi(?:-coding-agent)?[/ ]/i, commands: ['pi-coding-agent'] },
]

/** The agent that sends this user agent, originator or title; null for SDKs, scripts and unknown programs. */
export function agentByUserAgent(text: string | undefined): string | null {
  if (text === undefined) return null
  const start = text.trim().slice(0, 100)
  return AGENTS.find(({ userAgent }) => userAgent.test(start))?.agent ?? null
}

/** The agent whose program has this name (`claude`, `codex`); null when it is any other program. */
export function agentByCommand(name: string): string | null {
  const lower = name.toLowerCase()
  return AGENTS.find(({ commands }) => commands.includes(lower))?.agent ?? null
}
