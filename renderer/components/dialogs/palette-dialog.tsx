import { Command } from 'cmdk'
import { useEffect, useMemo, useRef } from 'react'
import type { Status } from '../../../shared/contract/contract.ts'
import { type PaletteCommand, paletteCommands } from '../../derive/format/commands.ts'
import { todayWindow } from '../../derive/spend/today.ts'
import { goTo } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'

/** All that can be done now, found by its words. */
export function PaletteDialog({ status, onClose }: { status: Status; onClose: () => void }) {
  const { api } = useStore()
  const action = useAction()
  const dialog = useRef<HTMLDialogElement>(null)
  const since = new Date(todayWindow(status.timezone, Date.parse(status.at)).startMs - WEEK_MS).toISOString()
  const { value: found } = useAnswer('', async () => {
    const [projects, { conversations }] = await Promise.all([
      api.explore.projects(),
      api.explore.conversations({ since, until: 'now' }),
    ])
    return { projects, conversations: conversations.slice(0, MAX_CONVERSATIONS) }
  })
  const commands = useMemo(
    () => paletteCommands({ status, projects: found?.projects ?? [], conversations: found?.conversations ?? [] }),
    [status, found],
  )
  const groups = useMemo(() => [...new Set(commands.map(({ group }) => group))], [commands])

  useEffect(() => {
    const element = dialog.current
    if (element && !element.open) element.showModal()
    // A modal gives the focus to the first thing that can have it, which is the list's frame.
    element?.querySelector('input')?.focus()
    return () => element?.close()
  }, [])

  const run = async ({ action: order }: PaletteCommand) => {
    if (order.type === 'go') goTo(order.hash)
    if (order.type === 'copy' && !(await action.run(() => navigator.clipboard.writeText(order.text)))) return
    if (order.type === 'pause' && !(await action.run(() => api.pause(order.session ?? undefined)))) return
    if (order.type === 'resume' && !(await action.run(() => api.resume(order.session ?? undefined)))) return
    onClose()
  }

  return (
    <dialog ref={dialog} className="palette" aria-label="Commands" onClose={onClose}>
      <Command label="Commands" loop filter={hasAllWords}>
        <Command.Input placeholder="Go to, pause, cap, copy …" />
        <Command.List>
          <Command.Empty>No matching command.</Command.Empty>
          {groups.map((group) => (
            <Command.Group key={group} heading={group}>
              {commands
                .filter((command) => command.group === group)
                .map((command) => (
                  <Command.Item
                    key={`${command.label} ${command.detail}`}
                    value={`${group} ${command.label} ${command.detail}`}
                    onSelect={() => void run(command)}
                  >
                    <span>{command.label}</span>
                    <span className="quiet small">{command.detail}</span>
                  </Command.Item>
                ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
      {action.error && (
        <p className="action-error" role="alert">
          {action.error}
        </p>
      )}
    </dialog>
  )
}

/** Every word somewhere in it: what is offered can then be seen to be what was asked for. */
function hasAllWords(value: string, search: string): number {
  const text = value.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
    ? 1
    : 0
}

const WEEK_MS = 7 * 86_400_000
const MAX_CONVERSATIONS = 50
