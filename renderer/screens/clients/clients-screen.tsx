import type { ClientRow } from '../../../shared/contract/explore.ts'
import type { Status } from '../../../shared/contract/contract.ts'
import { commandLine } from '../../../shared/values/command-line.ts'
import { Badge } from '../../components/display/badge.tsx'
import { Banner } from '../../components/display/banner.tsx'
import { CopyLine } from '../../components/controls/copy-line.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { uncoveredHost, usersOf, viaWords } from '../../derive/format/client-words.ts'
import { ago, moment } from '../../derive/format/times.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { usePacedVersion } from '../../state/use-paced-version.ts'

const MONTH = { sinceMs: 0, untilMs: 30 * 86_400_000 }

/** Which tools are metered and how, what is not, and the line that changes it. */
export function ClientsScreen() {
  const { api } = useStore()
  const status = useSnapshot((snapshot) => snapshot.status)
  const version = usePacedVersion(MONTH)
  const { value: clients, error } = useAnswer(`${version}`, () => api.explore.clients())
  if (!status) return null
  const nowMs = Date.parse(status.at)
  return (
    <div className="stack">
      {error && <Banner level="warn" title="The clients could not be read" body={error} />}
      <Panel title="Metered in the last 30 days">
        {clients?.length === 0 ? (
          <Nothing>No tool has made a call yet. Below are the lines that bring the first one.</Nothing>
        ) : (
          <Table columns={clientColumns(nowMs)} rows={clients ?? []} rowKey={({ name }) => name} />
        )}
      </Panel>
      <Uncovered status={status} nowMs={nowMs} />
      <Panel title="Cover another tool">
        <div className="client-lines">
          <p className="quiet">
            A terminal, and every program started from it. An editor or app started from the dock is not covered: start
            it from this terminal instead.
          </p>
          <CopyLine text={`eval "$(${commandLine('env')})"`} label="the line for this terminal" />
          <p className="quiet">A single program. Nothing stays set afterwards.</p>
          <CopyLine text={commandLine('run -- claude')} label="the line for one program" />
          <p className="quiet">A program that ignores proxy settings: set the base URL of its provider.</p>
          <CopyLine text={`export OPENAI_BASE_URL=${status.gateway.proxy}/openai/v1`} label="the OpenAI base URL" />
          <CopyLine
            text={`export ANTHROPIC_BASE_URL=${status.gateway.proxy}/anthropic`}
            label="the Anthropic base URL"
          />
          <CopyLine text={`export GOOGLE_GEMINI_BASE_URL=${status.gateway.proxy}/google`} label="the Gemini base URL" />
          <p className="quiet">
            Test every tool on this machine with a real call, and see what is wrong and how to fix it.
          </p>
          <CopyLine text={commandLine('doctor --explain')} label="the line that tests every tool" />
        </div>
      </Panel>
    </div>
  )
}

function clientColumns(nowMs: number): Column<ClientRow>[] {
  return [
    {
      title: 'Tool',
      isName: true,
      hint: ({ name }) => name,
      cell: (client) => (
        <>
          <a
            className="plain-link"
            href={routeHash(
              'calls',
              null,
              explorationQuery({
                range: { kind: '30d' },
                filter: client.isAgent ? { agent: [client.name] } : { agent: [null], process: [client.name] },
              }),
            )}
          >
            {client.name}
          </a>
          <span className="row-evidence">
            {client.projects.join(', ') || 'no project'}
            <span className="narrow-inline"> · {viaWords(client)}</span>
          </span>
        </>
      ),
    },
    { title: 'Connects by', width: '18%', room: 'roomy', cell: viaWords, hint: viaWords },
    { title: 'Providers', width: '18%', room: 'optional', cell: ({ providers }) => providers.join(', ') },
    {
      title: 'Last verified call',
      width: '190px',
      cell: ({ lastCallId, lastCallAt, isReported }) =>
        lastCallId === null || lastCallAt === null ? (
          '–'
        ) : (
          <a
            className="plain-link"
            href={routeHash('calls', lastCallId)}
            title={isReported ? 'Its usage was reported by the provider.' : 'Its usage was counted here.'}
          >
            {ago(lastCallAt, nowMs)}{' '}
            <Badge tone={isReported ? 'calm' : 'warn'}>{isReported ? 'reported' : 'counted'}</Badge>
          </a>
        ),
    },
    { title: 'Calls', width: '74px', isNumber: true, room: 'roomy', cell: ({ calls }) => calls },
    { title: 'Spent', width: '90px', isNumber: true, room: 'roomy', cell: ({ costUsd }) => usd(costUsd) },
  ]
}

/** Model hosts that were used and not metered, with who and how often; and the times in which nothing was. */
function Uncovered({ status, nowMs }: { status: Status; nowMs: number }) {
  const { unapproved, gaps, policy, timezone } = status
  const pending = policy.pendingHosts ?? []
  if (unapproved.length + gaps.length + pending.length === 0) {
    return (
      <Panel title="Not covered">
        <Nothing>All the model traffic seen so far was metered.</Nothing>
      </Panel>
    )
  }
  return (
    <Panel title="Not covered">
      <ul className="rows uncovered">
        {[...unapproved]
          .sort((a, b) => b.calls - a.calls)
          .map((use) => {
            const { name, why, line, fix } = uncoveredHost(use)
            return (
              <li key={use.host}>
                <div className="row-line">
                  <strong>{name}</strong>
                  <span className="quiet number">
                    {use.calls} {use.calls === 1 ? 'connection' : 'connections'}, last {ago(use.lastAt, nowMs)}
                  </span>
                </div>
                <p>
                  {why} {fix}
                </p>
                <p className="quiet small">Used by {usersOf(use)}</p>
                {line !== null && <CopyLine text={line} label={`the policy's line for ${name}`} />}
              </li>
            )
          })}
        {pending.map(({ host, provider }) => (
          <li key={host}>
            <strong>{host}</strong>
            <p>The policy wants it metered as {provider}, and it waits for your consent.</p>
            <CopyLine text={commandLine(`policy trust-hosts '${host}'`)} label={`the line that meters ${host}`} />
          </li>
        ))}
        {gaps.map(({ from, until, reason }) => (
          <li key={from}>
            <strong className="number">
              {moment(from, timezone, nowMs)} – {moment(until, timezone, nowMs)}
            </strong>
            <p>Nothing was metered: {reason}.</p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
