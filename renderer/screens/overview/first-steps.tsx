import { type ReactNode, useState } from 'react'
import type { Status } from '../../../shared/contract/contract.ts'
import { Button } from '../../components/controls/button.tsx'
import { CopyLine } from '../../components/controls/copy-line.tsx'
import { Icon } from '../../components/controls/icon.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { CapDialog } from '../caps/cap-dialog.tsx'
import { useSetup } from './use-setup.ts'

/** No call has come through yet: the lines that bring the first one, for what is on this machine. */
export function FirstSteps({ status, hasCalls }: { status: Status; hasCalls: boolean }) {
  const setup = useSetup()
  const [setting, setSetting] = useState(false)
  const { proxy } = status.gateway
  const hasCap = status.spend.limitUsd !== null
  return (
    <div className="first-steps">
      <Panel title="First steps" className="first-main">
        <ol className="steps">
          <Step
            isDone={hasCalls}
            number={1}
            title={hasCalls ? 'The first call came through' : 'Send a call through Allowance'}
          >
            {!hasCalls && (
              <>
                <p className="quiet">
                  Paste one of these lines into a terminal. The first call appears here the moment it is made. Your
                  keys, prompts and answers are never kept.
                </p>
                {setup?.agents.map(({ name, line }) => (
                  <Line key={name} title={name} text={line} />
                ))}
                {setup && (
                  <>
                    <Line title={`Everything in this terminal (${setup.shell.name})`} text={setup.shell.line} />
                    <Line title="One command" text={`${setup.command} run -- npm test`} />
                  </>
                )}
                {setup && setup.command !== 'allowance' && (
                  <Line
                    title="Shorter from now on: puts allowance on your PATH, once you agree"
                    text={`${setup.command} path`}
                  />
                )}
                <details>
                  <summary>By base URL, for a single app</summary>
                  <CopyLine text={`export OPENAI_BASE_URL=${proxy}/openai/v1`} label="the OpenAI base URL" />
                  <CopyLine text={`export ANTHROPIC_BASE_URL=${proxy}/anthropic`} label="the Anthropic base URL" />
                  <CopyLine text={`export GOOGLE_GEMINI_BASE_URL=${proxy}/google`} label="the Gemini base URL" />
                </details>
                <p className="waiting quiet small" role="status">
                  <span className="badge-dot" aria-hidden="true" /> Waiting for the first call …
                </p>
              </>
            )}
          </Step>
          <Step isDone={hasCap} number={2} title={hasCap ? 'A cap is in force' : 'Set your cap'}>
            {!hasCap && (
              <>
                <p className="quiet">
                  Calls that would go over it are refused before they are paid for. You can change or remove it at any
                  time.
                </p>
                <Button onClick={() => setSetting(true)}>Set a cap</Button>
              </>
            )}
          </Step>
        </ol>
      </Panel>
      <Panel title="What you will see" className="first-side">
        <ul className="promises">
          <li>What every call costs, from what the provider itself reports.</li>
          <li>Who made it: project, branch, session, agent and process, without any tags.</li>
          <li>How full each conversation’s context is, and what the next turn costs.</li>
        </ul>
        {setup && (
          <p className="note">
            No call arrives? <code>{setup.command} doctor</code> finds out why.
          </p>
        )}
      </Panel>
      {setting && <CapDialog start={{ kind: 'new' }} onClose={() => setSetting(false)} />}
    </div>
  )
}

function Step({ number, title, isDone, children }: StepProps) {
  return (
    <li className={isDone ? 'step step-done' : 'step'}>
      <span className="step-mark" aria-hidden="true">
        {isDone ? <Icon name="done" size={14} /> : number}
      </span>
      <div className="step-body">
        <h3>
          {title}
          {isDone && <span className="hidden"> (done)</span>}
        </h3>
        {children}
      </div>
    </li>
  )
}

interface StepProps {
  number: number
  title: string
  isDone: boolean
  children: ReactNode
}

function Line({ title, text }: { title: string; text: string }) {
  return (
    <div className="step-line">
      <span className="small">{title}</span>
      <CopyLine text={text} label={`the line for ${title}`} />
    </div>
  )
}
