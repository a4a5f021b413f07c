import { commandLine } from '../../../shared/values/command-line.ts'
import type { Status } from '../../../shared/contract/contract.ts'
import { CopyLine } from '../../components/controls/copy-line.tsx'
import { Panel } from '../../components/display/panel.tsx'

/** No calls yet: the lines that bring the first one. */
export function FirstSteps({ status }: { status: Status }) {
  const { proxy } = status.gateway
  return (
    <div className="first-steps">
      <Panel title="Point something at Allowance" className="first-main">
        <p className="lead">
          No model call has come through yet. Paste one of these into a terminal and the first call shows up here the
          moment it is made. Your keys, prompts and answers are never kept.
        </p>
        <ol className="steps">
          <li>
            <h3>This terminal</h3>
            <CopyLine text={`eval "$(${commandLine('env')})"`} label="the line for this terminal" />
          </li>
          <li>
            <h3>One command</h3>
            <CopyLine text={commandLine('run -- npm test')} label="the line for one command" />
          </li>
          <li>
            <h3>By base URL, for a single app</h3>
            <CopyLine text={`export OPENAI_BASE_URL=${proxy}/openai/v1`} label="the OpenAI base URL" />
            <CopyLine text={`export ANTHROPIC_BASE_URL=${proxy}/anthropic`} label="the Anthropic base URL" />
            <CopyLine text={`export GOOGLE_GEMINI_BASE_URL=${proxy}/google`} label="the Gemini base URL" />
          </li>
        </ol>
      </Panel>
      <Panel title="What you will see" className="first-side">
        <ul className="promises">
          <li>What every call costs, to the nano-dollar, from what the provider itself reports.</li>
          <li>Who made it: project, branch, session, agent, process. No tagging needed.</li>
          <li>How full each conversation's context is, and what the next turn costs.</li>
          <li>
            {status.policy.state === 'none'
              ? 'No policy is in force yet, and that is fine: calls are metered and nothing is stopped.'
              : 'When a cap is reached, the call is stopped before it is paid for.'}
          </li>
        </ul>
        <p className="note">
          Nothing arrives? <code>{commandLine('doctor')}</code> finds out why.
        </p>
      </Panel>
    </div>
  )
}
