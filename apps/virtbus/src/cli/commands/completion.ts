import { command, told } from '../command.js';
import { commands } from '../command-table.js';
import { completionScript, isShell, shells, wordsOf } from '../core/completion.js';
import { pageOf } from '../help-pages.js';
import { Failure } from '../failure.js';

export default command({
  about: `Print what makes a shell complete virtbus's commands and options, and the names of domains and networks.
bash: source <(virtbus completion bash)    zsh: virtbus completion zsh > "\${fpath[1]}/_virtbus"    fish: virtbus completion fish | source`,
  example: 'virtbus completion bash',
  options: { shell: { kind: 'text', required: true, about: shells.join(', ') } },
  async run({ shell }) {
    if (!isShell(shell)) throw new Failure([`'${shell}' is none of ${shells.join(', ')}`], 'usage');
    const names = Object.keys(commands);
    const pages = await Promise.all(names.map((name) => pageOf(name)));
    const words = names.map((name, index) => wordsOf(name, commands[name]?.summary ?? '', pages[index]?.options ?? {}));
    return told([completionScript(shell, words).trimEnd()], { shell, script: completionScript(shell, words) });
  },
});
