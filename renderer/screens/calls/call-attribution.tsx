import type { Attribution } from '../../../shared/calls/attribution.ts'
import { attributionRows } from '../../derive/calls/attribution-rows.ts'

/** Who the call is charged to, and how each answer is known. */
export function CallAttribution({ attribution }: { attribution: Attribution }) {
  return (
    <section>
      <h3>Charged to</h3>
      <dl className="pairs">
        {attributionRows(attribution).map((row) => (
          <div key={row.name}>
            <dt>{row.name}</dt>
            <dd title={row.value}>{row.value}</dd>
            <dd className="source">{row.source === null ? '' : `by ${row.source}`}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
