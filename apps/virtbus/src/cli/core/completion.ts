/** Scripts that make shells complete the command line. Names of objects are asked of the fleet when they are wanted. */
import type { OptionTable } from './options.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];
export const isShell = (text: string): text is Shell => shells.some((shell) => shell === text);

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
  /** What its first word names. */
  readonly object: 'domain' | 'network' | 'host' | undefined;
}

export function wordsOf(name: string, summary: string, options: OptionTable): CommandWords {
  const names = Object.keys(options);
  const object = (['domain', 'network', 'host'] as const).find((one) => one === names[0]);
  return { name, summary, options: names.map((one) => `--${one}`), object };
}

const lists = { domain: 'list --all --name', network: 'net-list --all --name', host: 'hosts --json' } as const;

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const ofKind = (words: readonly CommandWords[], kind: CommandWords['object']): string =>
  words
    .filter(({ object }) => object === kind)
    .map(({ name }) => name)
    .join('|');

export function completionScript(shell: Shell, words: readonly CommandWords[]): string {
  switch (shell) {
    case 'bash':
      return bash(words);
    case 'zsh':
      return zsh(words);
    case 'fish':
      return fish(words);
  }
}

const bash = (words: readonly CommandWords[]): string => `_virtbus() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb= each names= before=
  local -a way=()
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $before in
      -c|--connect|--url) way=(--url "$each") before=; continue ;;
      -e|--escape|--wait) before=; continue ;;
    esac
    case $each in -*) before=$each ;; *) verb=$each; break ;; esac
  done
  if [ -z "$verb" ]; then
    mapfile -t COMPREPLY < <(compgen -W ${quoted(words.map(({ name }) => name).join(' '))} -- "$word")
    return
  fi
  if [[ $word == -* ]]; then
    case $verb in
${words.map(({ name, options }) => `      ${name}) names=${quoted(options.join(' '))} ;;`).join('\n')}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
    return
  fi
  case $verb in
    ${ofKind(words, 'domain')}) names=$(virtbus "\${way[@]}" -q ${lists.domain} 2>/dev/null) ;;
    ${ofKind(words, 'network')}) names=$(virtbus "\${way[@]}" -q ${lists.network} 2>/dev/null) ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
  esac
  COMPREPLY=()
  # Not by compgen: it would carry out what stands in a name.
  while IFS= read -r each; do
    [[ -n $each && $each == "$word"* ]] && COMPREPLY+=("$(printf %q "$each")")
  done <<< "$names"
}
complete -F _virtbus virtbus
`;

const zsh = (words: readonly CommandWords[]): string => `#compdef virtbus
_virtbus() {
  local -a verbs names
  verbs=(
${words.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', String.raw`\:`)}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command verbs
    return
  fi
  if [[ $words[CURRENT] == -* ]]; then
    case $words[2] in
${words.map(({ name, options }) => `      ${name}) names=(${options.join(' ')}) ;;`).join('\n')}
    esac
    compadd -- $names
    return
  fi
  case $words[2] in
    ${ofKind(words, 'domain')}) names=(\${(f)"$(virtbus -q ${lists.domain} 2>/dev/null)"}) ;;
    ${ofKind(words, 'network')}) names=(\${(f)"$(virtbus -q ${lists.network} 2>/dev/null)"}) ;;
    *) _files; return ;;
  esac
  compadd -- $names
}
compdef _virtbus virtbus
`;

const fish = (words: readonly CommandWords[]): string => `complete -c virtbus -f
${words.map(({ name, summary }) => `complete -c virtbus -n __fish_use_subcommand -a ${quoted(name)} -d ${quoted(summary)}`).join('\n')}
${words
  .flatMap(({ name, options }) =>
    options.map((option) => `complete -c virtbus -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -l ${option.slice(2)}`),
  )
  .join('\n')}
complete -c virtbus -n ${quoted(`__fish_seen_subcommand_from ${ofKind(words, 'domain').replaceAll('|', ' ')}`)} -a ${quoted(`(virtbus -q ${lists.domain} 2>/dev/null)`)}
complete -c virtbus -n ${quoted(`__fish_seen_subcommand_from ${ofKind(words, 'network').replaceAll('|', ' ')}`)} -a ${quoted(`(virtbus -q ${lists.network} 2>/dev/null)`)}
`;
