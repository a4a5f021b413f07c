import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { TUNING } from './tuning.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The folders in which an agent keeps its sessions on this machine, whether they exist or not. */
export function sessionFolders(agent: string, env: Env): string[] {
  const home = env['HOME'] || env['USERPROFILE'] || homedir()
  if (agent === 'codex') {
    const root = env['CODEX_HOME'] || path.join(home, '.codex')
    return [path.join(root, 'sessions'), path.join(root, 'archived_sessions')]
  }
  // The variable may name several, and replaces both places.
  const roots = (env['CLAUDE_CONFIG_DIR'] ?? '')
    .split(',')
    .map((root) => root.trim())
    .filter(Boolean)
  return (roots.length > 0 ? roots : [path.join(home, '.claude'), path.join(home, '.config', 'claude')]).map((root) =>
    path.join(root, 'projects'),
  )
}

/** Session files under a folder, the oldest first: what a resumed session copied is then known from its origin. */
export async function sessionFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name)
        const found = await stat(file).catch(() => null)
        return { file, bornMs: found === null ? 0 : Math.min(found.birthtimeMs || found.mtimeMs, found.mtimeMs) }
      }),
  )
  return files.sort((a, b) => a.bornMs - b.bornMs || (a.file < b.file ? -1 : 1)).map(({ file }) => file)
}

/**
 * The lines of a file that have one of the marks, one at a time. Null stands for such a line, or one that is too long to
 * tell, which is not read. A line that the agent is still writing has no end yet and is left for the next time.
 */
export async function* markedLines(file: string, marks: readonly string[]): AsyncGenerator<string | null> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      length += end - from
      const line = length > TUNING.MAX_SESSION_LINE_BYTES ? null : Buffer.concat([...parts, chunk.subarray(from, end)])
      if (line === null || marks.some((mark) => line.includes(mark))) yield line === null ? null : line.toString('utf8')
      parts = []
      length = 0
      from = end + 1
    }
    length += chunk.length - from
    // Of a line that is too long nothing is kept.
    if (length > TUNING.MAX_SESSION_LINE_BYTES) parts = []
    else if (from < chunk.length) parts.push(chunk.subarray(from))
  }
}
