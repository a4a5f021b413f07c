/** Notices ask for refused calls only: without their own index, a week of calls is read to find none. */
export const migration002 = `
CREATE INDEX call_refused ON call (started_ms, seq) WHERE state = 'refused';
`
