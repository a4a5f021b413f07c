import type { ReactNode } from 'react'
import { Icon, type IconName } from '../controls/icon.tsx'

interface BannerProps {
  level: 'info' | 'warn' | 'stop'
  title: string
  body: ReactNode
  icon?: IconName
  children?: ReactNode
}

/** Something to know before reading the rest. Only what stops work interrupts a screen reader. */
export function Banner({ level, title, body, icon, children }: BannerProps) {
  return (
    <div className={`banner banner-${level}`} role={level === 'stop' ? 'alert' : 'status'}>
      <span className="banner-icon">
        <Icon name={icon ?? level} size={18} />
      </span>
      <div className="banner-text">
        <strong>{title}</strong>
        <span>{body}</span>
      </div>
      {children && <div className="banner-actions">{children}</div>}
    </div>
  )
}
