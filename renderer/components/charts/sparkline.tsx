/** A row of slim bars: how something went, without numbers. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values)
  return (
    <span className="sparkline" role="img" aria-label={label}>
      {values.map((value, index) => (
        // Its place is what it is: nothing else tells one day from another.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} style={{ height: `${value > 0 ? Math.max(6, (value / most) * 100) : 0}%` }} />
      ))}
    </span>
  )
}
