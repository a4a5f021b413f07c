import { useEffect, useState } from 'react'
import { IconButton } from './button.tsx'

const SAID_MS = 1_600

/** A line for a terminal, and a button that puts it on the clipboard. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <div className="copy-line">
      <code>{text}</code>
      <IconButton label={copied ? 'Copied' : `Copy ${label}`} icon={copied ? 'done' : 'copy'} onClick={copy} />
    </div>
  )
}
