import type { Command, Option } from 'commander'

/** Completion scripts, made from the words and flags of the command line itself, so that they cannot lag behind it. */

export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const
export type CompletedShell = (typeof COMPLETED_SHELLS)[number]

/** One place of the command line: the words that lead to it, and what may come next. */
interface Place {
  words: readonly string[]
  verbs: readonly { name: string; description: string }[]
  options: readonly { flags: readonly string[]; description: string; choices: readonly string[]; takesValue: boolean }[]
}

export function completionScript(shell: CompletedShell, program: Command): string {
  const places = placesOf(program, [])
  return shell === 'bash' ? bashScript(places) : shell === 'zsh' ? zshScript(places) : fishScript(places)
}

function placesOf(command: Command, words: readonly string[]): Place[] {
  const verbs = command.commands.map((one) => ({ name: one.name(), description: one.description() }))
  const options = command.options.filter(({ hidden }) => !hidden).map(asOption)
  return [{ words, verbs, options }, ...command.commands.flatMap((one) => placesOf(one, [...words, one.name()]))]
}

function asOption({ short, long, description, argChoices, required, optional }: Option) {
  return {
    flags: [long, short].filter((flag) => flag !== undefined),
    description,
    choices: argChoices ?? [],
    takesValue: required || optional,
  }
}

/** The words of a place, with the flags that take no other word behind them. */
function nextWords({ verbs, options }: Place): string {
  return [...verbs.map(({ name }) => name), ...options.flatMap(({ flags }) => flags)].join(' ')
}

/** Walks the words typed so far as far as they are verbs, then offers what that place has. */
function bashScript(places: readonly Place[]): string {
  const cases = places
    .map((place) => `    ${singleQuoted(place.words.join(' '))}) words=${singleQuoted(nextWords(place))} ;;`)
    .join('\n')
  const known = places.map(({ words }) => singleQuoted(words.join(' '))).join('|')
  return `# allowance completion bash: source <(allowance completion bash)
_allowance() {
  local place='' word next words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${place:+$place }$word"
    case "$next" in
      ${known}) place="$next" ;;
    esac
  done
  case "$place" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _allowance allowance
`
}

function zshScript(places: readonly Place[]): string {
  const cases = places
    .map(({ words, verbs, options }) => {
      const entries = [
        ...verbs.map(({ name, description }) => `${name}:${description}`),
        ...options.flatMap(({ flags, description }) => flags.map((flag) => `${flag}:${description}`)),
      ]
      return `    ${singleQuoted(words.join(' '))}) offered=(${entries.map((entry) => singleQuoted(escapedColon(entry))).join(' ')}) ;;`
    })
    .join('\n')
  const known = places.map(({ words }) => singleQuoted(words.join(' '))).join('|')
  return `#compdef allowance
# allowance completion zsh: source <(allowance completion zsh)
_allowance() {
  local place='' word next
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${place:+$place }$word"
    case "$next" in
      ${known}) place="$next" ;;
    esac
  done
  case "$place" in
${cases}
  esac
  _describe 'allowance' offered || _files
}
if [ "$funcstack[1]" = "_allowance" ]; then _allowance "$@"; else compdef _allowance allowance; fi
`
}

/** The name ends at the first colon, the description may have more. */
function escapedColon(entry: string): string {
  const [name = '', ...rest] = entry.split(':')
  return `${name}:${rest.join('\\:')}`
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ words, verbs, options }) => {
    const here = `"__allowance_at '${words.join(' ')}'"`
    return [
      ...verbs.map(
        ({ name, description }) =>
          `complete -c allowance -f -n ${here} -a ${singleQuoted(name)} -d ${fishQuoted(description)}`,
      ),
      ...options.map(({ flags, description, choices, takesValue }) =>
        [
          `complete -c allowance -n ${here}`,
          ...flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
          ...(choices.length > 0 ? [`-x -a ${singleQuoted(choices.join(' '))}`] : takesValue ? ['-r'] : []),
          `-d ${fishQuoted(description)}`,
        ].join(' '),
      ),
    ]
  })
  const known = places.map(({ words }) => singleQuoted(words.join(' '))).join(' ')
  return `# allowance completion fish: allowance completion fish | source
function __allowance_at
    set -l place ''
    for word in (commandline -opc)[2..]
        set -l next (string trim -- "$place $word")
        contains -- "$next" ${known}; and set place $next
    end
    test "$place" = "$argv[1]"
end
${lines.join('\n')}
`
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
