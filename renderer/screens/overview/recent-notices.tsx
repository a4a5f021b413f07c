import { NoticeList } from '../../components/display/notice-list.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { routeHash } from '../../state/route.ts'
import { useSnapshot } from '../../state/store-context.tsx'

const MAX_SHOWN = 3

export function RecentNotices({ timeZone }: { timeZone: string }) {
  const notices = useSnapshot((snapshot) => snapshot.notices)
  return (
    <Panel title="Latest notices" aside={<a href={routeHash('notices')}>All notices</a>} className="recent-notices">
      {notices.length === 0 ? (
        <Nothing>No notices yet. Warnings, refusals and policy changes appear here.</Nothing>
      ) : (
        <NoticeList notices={notices.slice(0, MAX_SHOWN)} timeZone={timeZone} />
      )}
    </Panel>
  )
}
