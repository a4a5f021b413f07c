/** A file with this name, in a directory or one above it, turns the gateway on there. Its lines are launch tags. */
export const HOOK_FILE = '.allowance'

export const HOOK_SHELLS = ['bash', 'zsh', 'fish'] as const
export type HookShell = (typeof HOOK_SHELLS)[number]

/**
 * What a shell evaluates once, in its rc file, to point itself at the gateway wherever a `.allowance` file lies above.
 * The walk up is the shell's own, so that a prompt costs nothing; `allowance` is asked only when the answer changes.
 */
export function hookScript(shell: HookShell, command = 'allowance'): string {
  return shell === 'fish' ? fishHook(command) : posixHook(shell, command)
}

function posixHook(shell: 'bash' | 'zsh', command: string): string {
  const install =
    shell === 'zsh'
      ? 'typeset -ga precmd_functions\nif [[ -z "${precmd_functions[(r)_allowance_hook]+1}" ]]; then precmd_functions+=(_allowance_hook); fi'
      : 'case ";${PROMPT_COMMAND:-};" in *";_allowance_hook;"*) ;; *) PROMPT_COMMAND="_allowance_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}" ;; esac'
  return `_allowance_hook() {
  local status_before=$? folder="$PWD" found=""
  while [ -n "$folder" ]; do
    if [ -f "$folder/${HOOK_FILE}" ]; then found="$folder/${HOOK_FILE}"; break; fi
    folder="\${folder%/*}"
  done
  if [ "$found" != "\${_allowance_found:-}" ]; then
    _allowance_found="$found"
    if [ -n "$found" ]; then eval "$(${command} env --shell ${shell} --file "$found")"; else eval "$(${command} off --shell ${shell})"; fi
  fi
  return $status_before
}
${install}
`
}

function fishHook(command: string): string {
  return `function _allowance_hook --on-event fish_prompt
    set -l folder $PWD
    set -l found ""
    while test -n "$folder"
        if test -f "$folder/${HOOK_FILE}"
            set found "$folder/${HOOK_FILE}"
            break
        end
        set folder (string replace -r '/[^/]*$' '' -- $folder)
    end
    if test "$found" != "$_allowance_found"
        set -g _allowance_found $found
        if test -n "$found"
            ${command} env --shell fish --file "$found" | source
        else
            ${command} off --shell fish | source
        end
    end
end
`
}

/** The tags of a hook file: `name=value` lines; empty ones and those that begin with `#` are skipped. */
export function readHookFile(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}
