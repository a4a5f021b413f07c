import type { Notice } from '../../../shared/contract/contract.ts'
import { moment } from '../../derive/format/times.ts'
import { routeHash } from '../../state/route.ts'
import { Icon } from '../controls/icon.tsx'

export function NoticeList({
  notices,
  timeZone,
  unreadAfter,
}: {
  notices: readonly Notice[]
  timeZone: string
  unreadAfter?: number
}) {
  const nowMs = Date.now()
  return (
    <ul className="notices">
      {notices.map((notice) => (
        <li key={notice.seq} className={`notice notice-${notice.level}`}>
          <span className="banner-icon">
            <Icon name={notice.level} size={16} />
          </span>
          <div className="notice-text">
            <strong>
              {notice.title}
              {unreadAfter !== undefined && notice.seq > unreadAfter && <span className="notice-new">new</span>}
            </strong>
            <span className="quiet">{notice.body}</span>
          </div>
          <span className="notice-side">
            <time className="quiet small number" dateTime={notice.at}>
              {moment(notice.at, timeZone, nowMs)}
            </time>
            {notice.callId && <a href={routeHash('calls', notice.callId)}>Show call</a>}
          </span>
        </li>
      ))}
    </ul>
  )
}
