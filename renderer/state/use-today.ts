import { useMemo } from 'react'
import type { SpendReport, SpendSeries } from '../../shared/contract/contract.ts'
import { todayWindow } from '../derive/spend/today.ts'
import { useSnapshot, useStore } from './store-context.tsx'
import { useAnswer } from './use-answer.ts'
import { useNow } from './use-now.ts'

/** The window's clock only has to notice midnight and move the chart's edge. */
const STEP_MS = 15_000

export interface Today {
  startMs: number
  endMs: number
  nowMs: number
  /** Grows with every change worth asking again for. */
  version: number
  series: SpendSeries | null
  byProject: SpendReport | null
}

/** Today's series and sums, asked again as calls settle. */
export function useToday(timeZone: string): Today {
  const { api } = useStore()
  const version = useSnapshot((snapshot) => snapshot.reportVersion)
  const nowMs = useNow(STEP_MS)
  const { startMs, endMs } = useMemo(() => todayWindow(timeZone, nowMs), [timeZone, nowMs])
  const since = new Date(startMs).toISOString()
  const series = useAnswer(`${since} ${version}`, () => api.series({ since }))
  const byProject = useAnswer(`${since} ${version}`, () => api.spend({ by: 'project', since }))
  return { startMs, endMs, nowMs, version, series: series.value, byProject: byProject.value }
}
