import { LibvirtError } from '@virtbus/libvirt-xml';
import { command, type Spoken } from '../cli/command.js';
import type { Context } from '../cli/context.js';
import { own } from '../cli/core/own.js';
import { Failure, failureText } from '../cli/failure.js';
import { readXml } from '../cli/input-file.js';
import { checks } from './documents.js';
import { refusalOf } from './refusal.js';

export default command({
  about:
    'Whether domains, networks, network ports, pools, volumes and secrets could be defined. No fleet is asked.\nThe exit status is 1 when any could not.',
  example: 'virtbus validate web.xml lab.xml',
  options: { file: { kind: 'list', required: true, about: 'files with the XML; - is standard input' } },
  async run({ file: files }, context): Promise<Spoken> {
    const verdicts: Verdict[] = [];
    for (const file of files) verdicts.push(judge(file, await readXml(context, file)));
    show(context, verdicts);
    return { exitStatus: verdicts.some(({ valid }) => !valid) ? 1 : 0, bare: true };
  },
});

type Verdict =
  | { readonly valid: true; readonly file: string; readonly kind: string; readonly name: string | undefined }
  | { readonly valid: false; readonly file: string; readonly failure: Failure };

function judge(file: string, xml: string): Verdict {
  try {
    const kind = rootOf(xml);
    const check = own(checks, kind);
    if (!check) throw new LibvirtError('XML_ERROR', `<${kind}> is none of <${Object.keys(checks).join('>, <')}>`, { path: `/${kind}` });
    return { valid: true, file, kind, name: check(xml) };
  } catch (error) {
    return { valid: false, file, failure: refusalOf(file, error) };
  }
}

/** The name of the first element; text without one is left to the domain's parser, which says what is wrong with it. */
function rootOf(xml: string): string {
  return /<([A-Za-z_][\w.:-]*)/.exec(xml.replaceAll(/<!--[^]*?-->/g, ''))?.[1] ?? 'domain';
}

function show({ surroundings: { stdout, stderr }, globals }: Context, verdicts: readonly Verdict[]): void {
  if (globals.json) {
    stdout.write(`${JSON.stringify(verdicts.map(documentOf), null, 2)}\n`);
    return;
  }
  for (const verdict of verdicts) {
    if (!verdict.valid) stderr.write(failureText(verdict.failure, (text) => text));
    else if (!globals.quiet) stdout.write(`${verdict.file} validates: ${verdict.kind} ${verdict.name ?? ''}`.trimEnd() + '\n');
  }
}

function documentOf(verdict: Verdict): object {
  if (verdict.valid) return verdict;
  const { lines, details } = verdict.failure;
  return { valid: false, file: verdict.file, error: { message: lines.at(-1) ?? '', ...details } };
}
