import { useCallback, useEffect, useMemo, useState } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallListQuestion, ExploreSums } from '../../../shared/contract/explore.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import { withNews } from '../../derive/calls/call-list.ts'
import type { Span } from '../../derive/spend/spans.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { usePacedVersion } from '../../state/use-paced-version.ts'

const PAGE = 100

export interface CallListView {
  /** Null until the first answer is there; those of the question before until the next one is. */
  calls: readonly CallRecord[] | null
  total: ExploreSums | null
  hasMore: boolean
  error: string | null
  more: () => void
}

/** A list of calls that grows by pages as one reads on, and by the feed as calls are made. */
export function useCallList(question: CallListQuestion, span: Span): CallListView {
  const { api } = useStore()
  const news = useSnapshot((snapshot) => snapshot.calls)
  const version = usePacedVersion(span)
  const key = JSON.stringify(question)
  const { value, error } = useAnswer(`${key} ${version}`, async () => ({
    key,
    question,
    answer: await api.explore.calls({ ...question, limit: PAGE }),
  }))
  const [later, setLater] = useState<{ key: string; calls: CallRecord[]; hasMore: boolean } | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const isCurrent = value?.key === key
  const pages = later?.key === key ? later : null

  const shown = PAGE + (pages?.calls.length ?? 0)
  const calls = useMemo(() => {
    if (!value) return null
    const first = value.answer.calls
    const known = new Set(first.map(({ id }) => id))
    const answered = [...first, ...(pages?.calls ?? []).filter(({ id }) => !known.has(id))]
    // As many as were asked for: what comes in pushes the oldest out, or an hour of work would be drawn row by row.
    return withNews(answered, news, value.question).slice(0, shown)
  }, [value, pages, news, shown])

  useEffect(() => setFailure(null), [key])

  const more = useCallback(() => {
    api.explore.calls({ ...question, offset: shown, limit: PAGE }).then(
      ({ calls: next, more: hasMore }) =>
        setLater((before) => ({ key, calls: [...(before?.key === key ? before.calls : []), ...next], hasMore })),
      (problem: unknown) => setFailure(messageOf(problem)),
    )
  }, [api, question, shown, key])

  return {
    calls,
    total: value?.answer.total ?? null,
    hasMore: pages ? pages.hasMore : isCurrent && (value.answer.more || (calls?.length ?? 0) >= PAGE),
    error: error ?? failure,
    more,
  }
}
