import { capPresets, PRESET_DAYS } from '../../derive/caps/cap-presets.ts'
import { usd } from '../../derive/format/amounts.ts'
import { day } from '../../derive/format/times.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

/** Amounts that the last weeks suggest; nothing where nothing was spent. */
export function CapPresets({ onPick }: { onPick: (amountUsd: string) => void }) {
  const { api } = useStore()
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const { value } = useAnswer('presets', () => api.series({ since: `${PRESET_DAYS}d` }))
  const presets = capPresets(value, (at) => day(at, timeZone), day(Date.now(), timeZone))
  if (presets.length === 0) return null
  return (
    <div className="chips">
      <span className="quiet small">From the last {PRESET_DAYS} days:</span>
      {presets.map(({ amountUsd, because }) => (
        <button key={amountUsd} type="button" className="chip" onClick={() => onPick(amountUsd)}>
          <span className="number">{usd(amountUsd)}</span> <span className="quiet">{because}</span>
        </button>
      ))}
    </div>
  )
}
