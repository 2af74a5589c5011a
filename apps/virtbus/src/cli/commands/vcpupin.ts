import { changeOptions, reachOf } from '../change-options.js';
import type { Scope } from '../change-scope.js';
import { command, type Report } from '../command.js';
import type { Context } from '../context.js';
import { wholeNumber } from '../core/options.js';
import { formatTable } from '../core/text-table.js';
import { cpuListOption, cpusetOf, pinned, pinReach, shownCpus } from '../domain-pins.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

export default command({
  about: "Show or change on which of its host's processors each processor of a domain runs.",
  example: 'virtbus vcpupin web 0 2-3 --live',
  options: {
    domain: domainOption,
    vcpu: { kind: 'text', about: 'number of the processor; all of them when they are shown' },
    cpulist: cpuListOption,
    ...changeOptions,
  },
  async run({ domain: text, vcpu: which, cpulist, ...flags }, context) {
    const reach = reachOf(flags);
    if (cpulist === undefined && reach.live && reach.config) throw usage('Options --live and --config are mutually exclusive');
    const vcpu = which === undefined ? undefined : numberOf(which);
    if (cpulist === undefined) return shown(context, text, { vcpu, reach });
    if (vcpu === undefined) throw usage('vcpupin: Missing vCPU number in pin mode.');
    await findDomain(context, text);
    const cpuset = await cpusetOf(context, cpulist);
    const json = await withDomain(context, text, undefined, async (domain) =>
      context.order('pinThread', { domain, pin: { vcpu, cpuset }, ...pinReach(reach, flags.current) }),
    );
    return { text: '', json };
  },
});

const usage = (words: string): Failure => new Failure([words], 'usage');
const offline = (): Failure => new Failure(['cannot get vcpupin for offline domain'], 'operation_invalid', { libvirt: 55 });

function numberOf(text: string): number {
  const number = text === '0' ? 0 : wholeNumber(text);
  if (number !== undefined) return number;
  throw usage(`Numeric value '${text}' for <vcpu> option is malformed or out of range`);
}

interface Question {
  readonly vcpu: number | undefined;
  readonly reach: Scope;
}

async function shown(context: Context, text: string, { vcpu, reach }: Question): Promise<Report> {
  const found = await pinned(context, text, reach, { notRunning: offline });
  const { value: count, cpuset: usual } = found.definition.vcpu;
  if (vcpu !== undefined && vcpu >= count) throw usage(`vcpu ${vcpu} is out of range of ${found.of} cpu count ${count}`);
  const pins = found.definition.cputune?.vcpupin ?? [];
  const rows: { readonly vcpu: number; readonly cpuset: string }[] = [];
  for (const number of vcpu === undefined ? Array.from({ length: count }, (_, at) => at) : [vcpu]) {
    const cpuset = await shownCpus(pins.find((pin) => pin.vcpu === number)?.cpuset ?? usual, found);
    rows.push({ vcpu: number, cpuset });
  }
  const table = { header: ['VCPU', 'CPU Affinity'], rows: rows.map((row) => [String(row.vcpu), row.cpuset]) };
  return { text: formatTable(table, context.globals.quiet), json: rows };
}
