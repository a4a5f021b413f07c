import { tuned } from '../../../shared/values/tuned.ts'

export const TUNING = tuned({
  ENOUGH_USED: {
    value: 0.5,
    unit: 'share of a plan window',
    source: 'chosen: the pace of the first minutes says nothing of hours',
    ifWrong: 'higher: warned late; lower: warned of a busy start that slows down',
  },
  NEARLY_USED: {
    value: 0.95,
    unit: 'share of a plan window',
    source: 'chosen: what is left is a few answers, whatever the pace',
    ifWrong: 'higher: no warning before the plan refuses; lower: warned although the window ends first',
  },
})
