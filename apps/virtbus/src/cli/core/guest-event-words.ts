import { printable } from './display-width.js';
import { own } from './own.js';
import type { EventType, Happened } from './happened.js';

/** One of libvirt's events that is told of what happened, and what virsh puts behind the name of the domain. */
export interface Wording {
  readonly type: EventType;
  readonly words: (happened: Happened) => string;
}

const NOTHING = '<null>';
const FAMILIES: Readonly<Record<string, string>> = { ipv4: 'IPv4', ipv6: 'IPv6', unix: 'unix' };

const isText = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

/** Much of it is the guest's own word. */
const field = ({ more = {} }: Happened, name: string, absent = ''): string => {
  const value = more[name];
  return isText(value) ? printable(String(value)) : absent;
};
const detail: Wording['words'] = (happened) => `: ${printable(happened.detail)}`;
const nothing: Wording['words'] = () => '';
const bit = ({ more = {} }: Happened, name: string): number => (more[name] === true ? 1 : 0);

const failure = (happened: Happened): string =>
  `: ${field(happened, 'source')} (${field(happened, 'device')}) ${printable(happened.detail)}`;

function end({ more = {} }: Happened, name: string): string {
  const given = more[name];
  const { family, address, service }: Readonly<Record<string, unknown>> = typeof given === 'object' && given !== null ? { ...given } : {};
  const [kind, ...place] = [family, address, service].map((one) => printable(isText(one) ? String(one) : ''));
  return `${name}[${[own(FAMILIES, kind ?? '') ?? kind, ...place].join(' ')}]`;
}

const memoryFailure: Wording['words'] = (happened) =>
  [
    ':',
    `recipient: ${field(happened, 'recipient')}`,
    `action: ${field(happened, 'action')}`,
    'flags:',
    `\taction required: ${bit(happened, 'actionRequired')}`,
    `\trecursive: ${bit(happened, 'recursive')}`,
  ].join('\n');

const threshold: Wording['words'] = (happened) => {
  const place = `${field(happened, 'device')}(${field(happened, 'source', NOTHING)})`;
  return `: dev: ${place} ${field(happened, 'thresholdBytes')} ${field(happened, 'excessBytes')}`;
};

const parameters = (named: readonly (readonly [string, string])[]): string =>
  [':', ...named.map(([name, value]) => `\t${name}: ${value}`)].join('\n');

/** `totalBytesSec` is libvirt's `total_bytes_sec`. */
const limitName = (name: string): string => `blkdeviotune.${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;

const diskLimits: Wording['words'] = ({ detail: disk, more = {} }) => {
  const { limits } = more;
  const said = typeof limits === 'object' && limits !== null ? Object.entries(limits).filter(([, value]) => isText(value)) : [];
  const named = said.map(([name, value]) => [limitName(printable(name)), printable(String(value))] as const);
  return parameters([['blkdeviotune.disk', printable(disk)], ...named]);
};

/** By the last word of the subject on the bus; what belongs to the life of a domain is not here. */
export const wordings: Readonly<Record<string, readonly Wording[]>> = {
  rebooted: [{ type: 'reboot', words: nothing }],
  placed: [{ type: 'placed', words: ({ hostId = '' }) => `: ${hostId}` }],
  rtcchanged: [{ type: 'rtc-change', words: detail }],
  watchdog: [{ type: 'watchdog', words: detail }],
  ioerror: [
    { type: 'io-error', words: failure },
    { type: 'io-error-reason', words: (happened) => `${failure(happened)} due to ${field(happened, 'reason')}` },
  ],
  graphics: [
    {
      type: 'graphics',
      words: (happened) => `${detail(happened)} ${end(happened, 'local')} ${end(happened, 'remote')} ${field(happened, 'authScheme')}`,
    },
  ],
  controlerror: [{ type: 'control-error', words: nothing }],
  traychanged: [
    {
      type: 'tray-change',
      words: (happened) => ` disk ${field(happened, 'device')}: ${happened.detail === 'open' ? 'opened' : 'closed'}`,
    },
  ],
  balloonchanged: [{ type: 'balloon-change', words: (happened) => `${detail(happened)}KiB` }],
  deviceremoved: [{ type: 'device-removed', words: detail }],
  deviceadded: [{ type: 'device-added', words: detail }],
  deviceremovalfailed: [{ type: 'device-removal-failed', words: detail }],
  agentlifecycle: [
    {
      type: 'agent-lifecycle',
      words: (happened) =>
        `: state: '${printable(happened.detail)}' reason: '${field(happened, 'cause') === 'started' ? 'domain started' : 'channel event'}'`,
    },
  ],
  metadatachanged: [
    { type: 'metadata-change', words: (happened) => `: type ${printable(happened.detail)}, uri ${field(happened, 'uri', NOTHING)}` },
  ],
  disktuned: [{ type: 'tunable', words: diskLimits }],
  threadpinned: [
    { type: 'tunable', words: (happened) => parameters([[`cputune.${printable(happened.detail)}`, field(happened, 'cpuset')]]) },
  ],
  blockthreshold: [{ type: 'block-threshold', words: threshold }],
  memoryfailure: [{ type: 'memory-failure', words: memoryFailure }],
  memorydeviceresized: [
    {
      type: 'memory-device-size-change',
      words: (happened) => `:\nalias: ${field(happened, 'device')}\nsize: ${field(happened, 'sizeKiB')}`,
    },
  ],
};

/** A change of a domain's life that is an event of its own too. */
export const besidesLife: Readonly<Record<string, readonly (Wording & { readonly of: (detail: string) => boolean })[]>> = {
  started: [{ type: 'pm-wakeup', words: nothing, of: (how) => how === 'wakeup' }],
  pmsuspended: [
    { type: 'pm-suspend', words: nothing, of: (how) => how !== 'disk' },
    { type: 'pm-suspend-disk', words: nothing, of: (how) => how === 'disk' },
  ],
};
