import type { DiskLimits } from '@virtbus/contracts';
import { changeOptions, reachOf } from '../change-options.js';
import type { Scope } from '../change-scope.js';
import { command, told, type Report } from '../command.js';
import type { Context } from '../context.js';
import { diskLimitOptions, limitLines } from '../core/disk-limit-options.js';
import { wholeNumber } from '../core/options.js';
import { volumeSize } from '../core/sizes.js';
import { lookAtDomain } from '../domain-looked-at.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

const limitNames = Object.keys(diskLimitOptions);

export default command({
  about: 'Show or change what a disk of a domain may carry: bytes and operations a second, more of them in bursts. 0 is no limit.',
  example: 'virtbus blkdeviotune web vda --total-bytes-sec 50M --read-iops-sec 200 --live',
  options: {
    domain: domainOption,
    device: { kind: 'text', required: true, about: 'target of the disk, or path of its image' },
    ...Object.fromEntries(Object.entries(diskLimitOptions).map(([name, { about }]) => [name, { kind: 'text', about } as const])),
    ...changeOptions,
  },
  async run({ domain: text, device: disk, config, live, current, ...words }, context) {
    const reach = reachOf({ config, live, current });
    const limits = limitsOf(words);
    if (Object.keys(limits).length === 0) return shown(context, text, disk, reach);
    const json = await withDomain(context, text, 'Unable to change block I/O throttle', async (domain) =>
      context.order('tuneDisk', { domain, tuning: { disk, limits }, ...reach }),
    );
    return { text: '', json };
  },
});

/** @throws Failure in virsh's words for what is no limit */
function limitsOf(words: Readonly<Record<string, unknown>>): DiskLimits {
  const given = limitNames.flatMap((name) => {
    const [text, option] = [words[name], diskLimitOptions[name]];
    return typeof text === 'string' && option
      ? [[option.limit, option.kind === 'word' ? text : numberOf(name, text, option.kind)] as const]
      : [];
  });
  return Object.fromEntries(given);
}

const UNREAD = 'Unable to parse integer parameter';

function numberOf(name: string, text: string, kind: 'size' | 'count'): number {
  if (kind === 'count') {
    const number = wholeNumber(text, { of: 'bytes' });
    if (number !== undefined) return number;
    throw new Failure([`Numeric value '${text}' for <${name}> option is malformed or out of range`, UNREAD], 'usage');
  }
  const size = volumeSize(text);
  if ('bytes' in size) return size.bytes;
  const why = size.why?.startsWith('invalid argument') ? [size.why] : [];
  throw new Failure([`Scaled numeric value '${text}' for <${name}> option is malformed or out of range`, UNREAD, ...why], 'usage');
}

async function shown(context: Context, text: string, name: string, scope: Scope): Promise<Report> {
  const { definition, of } = await lookAtDomain(context, text, scope, { both, notRunning });
  const { isNamedDisk } = await import('@virtbus/libvirt-xml');
  const disk = definition.devices.disk.find((each) => isNamedDisk(each, name));
  const where = of === 'live' ? 'not found in domain' : 'was not found in the domain config';
  if (!disk) throw refusal('Unable to get block I/O throttle parameters', `invalid argument: disk '${name}' ${where}`);
  const { iotune = {} } = disk;
  return told(limitLines(iotune), { disk: name, limits: iotune });
}

const NUMBER = 'Unable to get number of block I/O throttle parameters';
const refusal = (doing: string, words: string): Failure => new Failure([doing, words], 'invalid_argument', { libvirt: 8 });
const both = (): Failure => refusal(NUMBER, "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
const notRunning = (): Failure =>
  new Failure([NUMBER, 'Requested operation is not valid: domain is not running'], 'operation_invalid', { libvirt: 55 });
