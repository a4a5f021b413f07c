import { useReadMark } from '../../state/read-mark.ts'
import { useSnapshot } from '../../state/store-context.tsx'

/** How many notices are newer than the last one seen. */
export function useUnread(): number {
  const notices = useSnapshot((snapshot) => snapshot.notices)
  const [mark] = useReadMark()
  return notices.filter((notice) => notice.seq > mark).length
}

export function UnreadCount() {
  const unread = useUnread()
  if (unread === 0) return null
  return (
    <span className="unread" role="status" aria-label={`${unread} unread`}>
      {unread > 99 ? '99+' : unread}
    </span>
  )
}
