import { useEffect, useRef, useState } from 'react'
import { IconButton } from './button.tsx'

const SAID_MS = 1_600

/** A line for a terminal, and a button that puts it on the clipboard. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const code = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    const fallBack = () => setCopied(copySelection(code.current))
    // Absent where the page is not served over loopback or TLS, as from a container.
    const clipboard: Clipboard | undefined = navigator.clipboard
    if (clipboard) clipboard.writeText(text).then(() => setCopied(true), fallBack)
    else fallBack()
  }
  return (
    <div className="copy-line">
      <code ref={code}>{text}</code>
      <IconButton label={copied ? 'Copied' : `Copy ${label}`} icon={copied ? 'done' : 'copy'} onClick={copy} />
    </div>
  )
}

/** Where the clipboard is absent or refused: what is selected may be copied all the same. */
function copySelection(element: HTMLElement | null): boolean {
  const selection = window.getSelection()
  if (!element || !selection) return false
  selection.selectAllChildren(element)
  return document.execCommand('copy')
}
