import { IconButton } from '../../components/controls/button.tsx'
import { riseWords } from '../../components/charts/spend-chart.tsx'
import type { Rise } from '../../derive/spend/rises.ts'
import { exactRange } from '../../derive/spend/spans.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

/** Asked again this often: soon enough to explain a rise that begins, seldom enough to be read. */
const AGAIN_MS = 15_000

interface RiseSentenceProps {
  sinceMs: number
  nowMs: number
  /** The rise that was pointed at; the steepest one of today where none was. */
  picked: Rise | null
  timeZone: string
  onLetGo: () => void
}

/** Why today's chart rises where it was pointed at, or else where it is steepest, with the way to its calls. */
export function RiseSentence({ sinceMs, nowMs, picked, timeZone, onLetGo }: RiseSentenceProps) {
  const { api } = useStore()
  const question =
    picked === null ? { since: new Date(sinceMs).toISOString() } : { at: new Date(picked.fromMs).toISOString() }
  const key = `${JSON.stringify(question)} ${Math.floor(nowMs / AGAIN_MS)}`
  const { value } = useAnswer(key, async () => ({ why: await api.why(question), of: picked }))
  const why = value?.why
  return (
    <div className="hero-rise">
      <p className="quiet" data-testid="rise" aria-live="polite">
        {why && why.cause !== null && (
          <>
            {value.of === null ? 'Steepest rise' : riseWords(value.of, timeZone)}:{' '}
            <a href={routeHash('spike', null, explorationQuery({ range: exactRange(why.from, why.until) }))}>
              {why.sentence}
            </a>
          </>
        )}
      </p>
      {picked !== null && <IconButton label="Back to the steepest rise" icon="close" onClick={onLetGo} />}
    </div>
  )
}
