import { useEffect, useState } from 'react'
import { NoticeList } from '../../components/display/notice-list.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { useReadMark } from '../../state/read-mark.ts'
import { useSnapshot } from '../../state/store-context.tsx'

/** The notification centre. Opening it counts as having read it; what was new stays marked while it is open. */
export function NoticesScreen() {
  const notices = useSnapshot((snapshot) => snapshot.notices)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const [mark, moveMark] = useReadMark()
  const [unreadAfter] = useState(mark)
  const newest = notices[0]?.seq ?? 0
  useEffect(() => {
    if (newest > 0) moveMark(newest)
  }, [newest, moveMark])
  return (
    <Panel title="Notices" aside={notices.length > 0 ? `${notices.length} kept` : undefined}>
      {notices.length === 0 ? (
        <Nothing>No notices yet. Warnings, refusals, questions and policy changes appear here.</Nothing>
      ) : (
        <NoticeList notices={notices} timeZone={timeZone} unreadAfter={unreadAfter} />
      )}
    </Panel>
  )
}
