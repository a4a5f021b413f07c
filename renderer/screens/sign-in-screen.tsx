import { useEffect, useState } from 'react'
import { callUsAs, commandLine } from '../../shared/values/command-line.ts'
import { CopyLine } from '../components/controls/copy-line.tsx'

/** A tab without a token: links open once, and a restarted gateway has a new token. */
export function SignInScreen({ reason }: { reason: string }) {
  const [command, setCommand] = useState(commandLine('dashboard'))
  useEffect(() => {
    // Without a token there is no status; how this machine runs the command line is no secret to a page of ours.
    fetch('./command')
      .then((answer) => answer.json() as Promise<{ command?: unknown }>)
      .then(({ command: program }) => {
        if (typeof program !== 'string') return
        callUsAs(program)
        setCommand(commandLine('dashboard'))
      })
      .catch(() => {})
  }, [])
  return (
    <main className="alone">
      <img src="./icon.svg" alt="" width={44} height={44} />
      <h1>This tab is not signed in</h1>
      <p>{reason} Each link to this page opens it once, and only on this machine. A fresh one is printed by:</p>
      <CopyLine text={command} label="command" />
    </main>
  )
}
