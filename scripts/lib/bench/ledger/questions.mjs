const DAY_MS = 86_400_000

/** What the screens and the command line ask of the control API: every procedure that reads the ledger, by name. */
export function questionsOf({ lastCall, lastConversation, lastSession }, nowMs) {
  const ago = (days) => new Date(nowMs - days * DAY_MS).toISOString()
  const span = (days) => ({ since: ago(days), until: 'now' })
  const explore = (by, days, bucket, filter = {}) => [
    'explore',
    { by, ...span(days), bucket, filter, compareSince: ago(2 * days) },
  ]
  const calls = (days, more = {}) => ['callList', { ...span(days), ...more }]
  return [
    ['status', 'status'],
    ['notices', 'notices'],
    ['newest calls', 'calls', { limit: 100 }],
    ['calls of a day', 'calls', { limit: 1_000, since: ago(1) }],
    ['one call', 'callLife', { id: lastCall }],
    ['spend by project, 30 days', 'spend', { by: 'project', since: '30d' }],
    ['spend by model, 90 days', 'spend', { by: 'model', since: '90d' }],
    ['spend by session, 30 days', 'spend', { by: 'session', since: '30d' }],
    ['spend by day, 90 days', 'spend', { by: 'day', since: '90d' }],
    ['suggestions, 30 days', 'suggestions', { since: '30d' }],
    ['series of a day', 'series', { since: '1d' }],
    ['series of 90 days', 'series', { since: '90d' }],
    ['why, of a day', 'why', {}],
    ['why, of 30 days', 'why', { since: '30d' }],
    ['why, of a call', 'why', { callId: lastCall }],
    ['explore a day by project', ...explore('project', 1, 'hour')],
    ['explore 30 days by project', ...explore('project', 30, 'day')],
    ['explore 90 days by agent', ...explore('agent', 90, 'day')],
    ['explore 90 days of a project', ...explore('branch', 90, 'day', { project: ['project-3'] })],
    ['explore 7 days by session', ...explore('session', 7, 'day')],
    ['explore 90 days by session', ...explore('session', 90, 'week')],
    ['forecast', 'forecast', {}],
    ['facets of 90 days', 'facets', span(90)],
    ['call list, newest of 7 days', ...calls(7)],
    ['call list, costliest of 7 days', ...calls(7, { sort: 'cost' })],
    ['call list, costliest of 90 days', ...calls(90, { sort: 'cost' })],
    ['call list, most tokens of 90 days', ...calls(90, { sort: 'tokens' })],
    ['call list, 90 days of a project', ...calls(90, { filter: { project: ['project-3'] } })],
    ['call list, 90 days of a model', ...calls(90, { filter: { model: ['gpt-5'] }, sort: 'cost' })],
    ['call list, 90 days of a session', ...calls(90, { filter: { session: [lastSession] } })],
    ['call list, refused of 90 days', ...calls(90, { states: ['refused'] })],
    ['call list, 7 days by words', ...calls(7, { text: 'project-7 codex' })],
    ['call list, 90 days by words', ...calls(90, { text: 'project-7 codex' })],
    ['conversations of a day', 'conversationList', span(1)],
    ['conversations of 7 days', 'conversationList', span(7)],
    ['conversations of 90 days', 'conversationList', span(90)],
    ['one conversation', 'conversation', { id: lastConversation }],
    ['spike of an hour', 'spike', span(1 / 24)],
    ['spike of a day', 'spike', span(1)],
    ['projects', 'projects'],
    ['clients', 'clients'],
    ['export, 30 days by project', 'focusExport', { ...span(30), by: 'project' }],
  ]
}
