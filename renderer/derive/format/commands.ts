import { commandLine } from '../../../shared/values/command-line.ts'
import type { Status } from '../../../shared/contract/contract.ts'
import type { ConversationRow, ProjectRow } from '../../../shared/contract/explore.ts'
import { SCREEN_NAMES } from '../../components/frame/screen-names.ts'
import { capHash } from '../../state/cap-link.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash, SCREENS } from '../../state/route.ts'
import { usd } from './amounts.ts'
import { workload } from '../calls/call-words.ts'

/** Something that can be done from the keyboard: a place to go, an order to the gateway, or a line to copy. */
export interface PaletteCommand {
  group: string
  label: string
  /** Said after the label, in quiet letters. */
  detail: string
  action:
    | { type: 'go'; hash: string }
    | { type: 'copy'; text: string }
    | { type: 'pause' | 'resume'; session: string | null }
}

export interface PaletteFacts {
  status: Status
  projects: readonly ProjectRow[]
  conversations: readonly ConversationRow[]
}

/** All that can be done now, in the order in which it is offered. */
export function paletteCommands({ status, projects, conversations }: PaletteFacts): PaletteCommand[] {
  return [
    ...SCREENS.filter((screen) => screen !== 'spike').map(
      (screen): PaletteCommand => ({
        group: 'Go to',
        label: SCREEN_NAMES[screen],
        detail: '',
        action: { type: 'go', hash: routeHash(screen) },
      }),
    ),
    ...orders(status),
    ...projects.flatMap(({ project, todayUsd }): PaletteCommand[] =>
      project === null
        ? []
        : [
            {
              group: 'Projects',
              label: project,
              detail: `${usd(todayUsd)} today`,
              action: {
                type: 'go',
                hash: routeHash('spend', null, explorationQuery({ by: 'branch', filter: { project: [project] } })),
              },
            },
            {
              group: 'Set a cap',
              label: `Cap ${project}`,
              detail: '',
              action: { type: 'go', hash: capHash({ project: [project] }) },
            },
          ],
    ),
    ...conversations.map(
      ({ id, agent, process, project, costUsd }): PaletteCommand => ({
        group: 'Conversations',
        label: [agent ?? process ?? id, project].filter(Boolean).join(' · '),
        detail: `${usd(costUsd)} · ${id}`,
        action: { type: 'go', hash: routeHash('conversations', id) },
      }),
    ),
  ]
}

function orders(status: Status): PaletteCommand[] {
  const { proxy } = status.gateway
  const isPaused = status.state === 'paused'
  const sessions = status.conversations.slice(0, MAX_SESSIONS)
  return [
    isPaused
      ? { group: 'Do', label: 'Resume all traffic', detail: '', action: { type: 'resume', session: null } }
      : { group: 'Do', label: 'Pause all traffic', detail: '', action: { type: 'pause', session: null } },
    {
      group: 'Do',
      label: 'Raise the budget',
      detail: '',
      action: { type: 'go', hash: routeHash('overview', null, 'raise') },
    },
    { group: 'Do', label: 'Set a cap', detail: '', action: { type: 'go', hash: capHash({}) } },
    {
      group: 'Do',
      label: 'Copy the line for this terminal',
      detail: `eval "$(${commandLine('env')})"`,
      action: { type: 'copy', text: `eval "$(${commandLine('env')})"` },
    },
    {
      group: 'Do',
      label: 'Copy the OpenAI base URL',
      detail: `${proxy}/openai/v1`,
      action: { type: 'copy', text: `export OPENAI_BASE_URL=${proxy}/openai/v1` },
    },
    {
      group: 'Do',
      label: 'Copy the Anthropic base URL',
      detail: `${proxy}/anthropic`,
      action: { type: 'copy', text: `export ANTHROPIC_BASE_URL=${proxy}/anthropic` },
    },
    ...sessions.flatMap((conversation): PaletteCommand[] => {
      const session = conversation.attribution.session ?? conversation.id
      const label = workload(conversation)
      return [
        { group: 'Pause', label: `Pause ${label}`, detail: session, action: { type: 'pause', session } },
        { group: 'Resume', label: `Resume ${label}`, detail: session, action: { type: 'resume', session } },
      ]
    }),
  ]
}

/** Those of late; older ones are found on the screen of conversations. */
const MAX_SESSIONS = 10
