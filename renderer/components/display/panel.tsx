import { type ReactNode, useId } from 'react'

/** A titled surface: a region that a screen reader can jump to. */
export function Panel({
  title,
  aside,
  children,
  className = '',
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
  className?: string
}) {
  const id = useId()
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside && <div className="panel-aside">{aside}</div>}
      </header>
      {children}
    </section>
  )
}

/** What stands where there is nothing yet. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="nothing">{children}</p>
}
