import type { Notice } from '../../../shared/contract/contract.ts'
import { noticeOf } from '../../../main/core/ledger/reports/notices.ts'
import type { Appended, Ledger } from '../../../main/ledger/store/ledger.ts'

/** Tells what happens as it happens: who comes on stage, and every notice once. */
export function narrate(ledger: Ledger, tell: (news: Notice) => void): () => void {
  const told = new Set<string>()
  const tellOnce = (notice: Notice) => {
    if (told.has(notice.key)) return
    told.add(notice.key)
    tell(notice)
  }
  return ledger.subscribe(({ seq, atMs, event, record }: Appended) => {
    if (event.type === 'policy.changed') return
    if (event.type === 'call.admitted' && record) tellOnce(entrance(seq, atMs, event.call))
    const notice = noticeOf({ seq, atMs, event })
    if (notice) tellOnce(notice)
  })
}

function entrance(
  seq: number,
  atMs: number,
  call: Extract<Appended['event'], { type: 'call.admitted' }>['call'],
): Notice {
  const { agent, project, branch, environment } = call.attribution
  const who = agent ?? (environment === 'test' ? 'A test run' : 'A script')
  const title = `${who} begins in ${project ?? 'no repository'}${branch ? `, on ${branch}` : ''}`
  return {
    seq,
    at: new Date(atMs).toISOString(),
    level: 'info',
    title,
    body: call.requestModel ?? '',
    callId: call.callId,
    key: title,
  }
}
