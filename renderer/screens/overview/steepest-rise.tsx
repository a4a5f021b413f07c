import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

/** Asked again this often: a rise is there for a quarter of an hour. */
const AGAIN_MS = 60_000

/** The steepest rise of today's chart in a sentence, with the way to its calls. */
export function SteepestRise({ sinceMs, nowMs }: { sinceMs: number; nowMs: number }) {
  const { api } = useStore()
  const since = new Date(sinceMs).toISOString()
  const { value: why } = useAnswer(`${since} ${Math.floor(nowMs / AGAIN_MS)}`, () => api.why({ since }))
  const [first] = why?.calls ?? []
  if (!why || why.cause === null || first === undefined) return null
  return (
    <p className="hero-rise quiet" data-testid="steepest-rise">
      Steepest rise: <a href={routeHash('calls', first)}>{why.sentence}</a>
    </p>
  )
}
