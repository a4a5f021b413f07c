import { useEffect, useState } from 'react'
import { messageOf } from '../../../shared/contract/errors.ts'
import type { CapPreview, CapRequest } from '../../../shared/rules/own-rules.ts'
import { useStore } from '../../state/store-context.tsx'

/** A replay reads a month of calls: it is asked for when the typing pauses. */
const PAUSE_MS = 250

/** What the cap that is being written means, and what it would have done in the last weeks. */
export function CapOutlook({ request }: { request: CapRequest | null }) {
  const { api } = useStore()
  const [outlook, setOutlook] = useState<{ preview: CapPreview | null; error: string | null }>({
    preview: null,
    error: null,
  })
  const question = request === null ? null : JSON.stringify(request)
  useEffect(() => {
    if (question === null) {
      setOutlook({ preview: null, error: null })
      return
    }
    let isCurrent = true
    const timer = setTimeout(() => {
      api.caps.preview(JSON.parse(question) as CapRequest).then(
        (preview) => isCurrent && setOutlook({ preview, error: null }),
        (error: unknown) => isCurrent && setOutlook({ preview: null, error: messageOf(error) }),
      )
    }, PAUSE_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [question, api])
  const { preview, error } = outlook
  return (
    <div className="cap-outlook" aria-live="polite" data-testid="cap-outlook">
      {preview && (
        <>
          <p>{preview.sentence}</p>
          <p className="quiet">{preview.past}</p>
        </>
      )}
      {error !== null && <p className="action-error">{error}</p>}
      {preview === null && error === null && (
        <p className="quiet">Type an amount to see what the cap would have done in the last 30 days.</p>
      )}
    </div>
  )
}
