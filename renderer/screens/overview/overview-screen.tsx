import { useState } from 'react'
import { otherBudgets } from '../../derive/format/gauge.ts'
import { useSnapshot } from '../../state/store-context.tsx'
import { useToday } from '../../state/use-today.ts'
import { BudgetList } from './budget-list.tsx'
import { Conversations } from './conversations.tsx'
import { FirstSteps } from './first-steps.tsx'
import { LiveCalls } from './live-calls.tsx'
import { PlanWindows } from './plan-windows.tsx'
import { RecentNotices } from './recent-notices.tsx'
import { SpendHero } from './spend-hero.tsx'
import { TroubleBanners } from './trouble-banners.tsx'
import { WhereItWent } from './where-it-went.tsx'

export function OverviewScreen({ raises }: { raises: boolean }) {
  const status = useSnapshot((snapshot) => snapshot.status)
  const empty = useSnapshot((snapshot) => snapshot.calls.length === 0)
  // Somebody who watched the first call come in sees the step turn green, and the next one.
  const [beganEmpty] = useState(empty)
  const today = useToday(status?.timezone ?? 'UTC')
  if (!status) return null
  return (
    <div className="overview">
      <TroubleBanners status={status} />
      <SpendHero status={status} today={today} raises={raises} />
      {(empty || (beganEmpty && status.spend.limitUsd === null)) && <FirstSteps status={status} hasCalls={!empty} />}
      {!empty && (
        <div className="overview-grid">
          <div className="overview-column">
            <LiveCalls timeZone={status.timezone} />
            <Conversations status={status} />
          </div>
          <div className="overview-column">
            <PlanWindows plans={status.plans} />
            {otherBudgets(status).length > 0 && <BudgetList status={status} />}
            <WhereItWent today={today} />
          </div>
          <RecentNotices timeZone={status.timezone} />
        </div>
      )}
    </div>
  )
}
