import { useState } from 'react'
import { otherBudgets } from '../../derive/format/gauge.ts'
import { useSnapshot } from '../../state/store-context.tsx'
import { useToday } from '../../state/use-today.ts'
import { BudgetList } from './budget-list.tsx'
import { Conversations } from './conversations.tsx'
import { FirstSteps } from './first-steps.tsx'
import { LiveCalls } from './live-calls.tsx'
import { RecentNotices } from './recent-notices.tsx'
import { SpendHero } from './spend-hero.tsx'
import { Troubles } from './troubles.tsx'
import { WhereItWent } from './where-it-went.tsx'

export function OverviewScreen({ raises }: { raises: boolean }) {
  const status = useSnapshot((snapshot) => snapshot.status)
  const empty = useSnapshot((snapshot) => snapshot.calls.length === 0)
  // Whoever watched the first call come in sees the step turn green, and the next one.
  const [beganEmpty] = useState(empty)
  const today = useToday(status?.timezone ?? 'UTC')
  if (!status) return null
  const hasOthers = otherBudgets(status).length > 0
  return (
    <div className="overview">
      <Troubles status={status} />
      <SpendHero status={status} today={today} raises={raises} />
      {(empty || (beganEmpty && status.spend.limitUsd === null)) && <FirstSteps status={status} hasCalls={!empty} />}
      {!empty && (
        <div className="overview-grid">
          <LiveCalls timeZone={status.timezone} />
          {hasOthers && <BudgetList status={status} />}
          {!hasOthers && <WhereItWent today={today} />}
          <Conversations status={status} />
          {hasOthers && <WhereItWent today={today} />}
          <RecentNotices timeZone={status.timezone} />
        </div>
      )}
    </div>
  )
}
