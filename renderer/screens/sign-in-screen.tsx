import { CopyLine } from '../components/controls/copy-line.tsx'

/** A tab without a token: links open once, and a restarted gateway has a new token. */
export function SignInScreen({ reason }: { reason: string }) {
  return (
    <main className="alone">
      <img src="./icon.svg" alt="" width={44} height={44} />
      <h1>This tab is not signed in</h1>
      <p>{reason} Each link to this page opens it once, and only on this machine. A fresh one is printed by:</p>
      <CopyLine text="allowance dashboard" label="command" />
    </main>
  )
}
