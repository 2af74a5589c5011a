/** What the host's end of a character device needs, whichever device it belongs to. */
import type { DevicesDef } from '../devices/devices.js';
import { firstBroken, wordsOf, type Ban } from '../model/ban.js';
import type { chardevBackend } from '../shared/chardev.js';
import type { ValueOf } from '../model/element.js';
import { refusal, type Rule } from './rule.js';

type End = ValueOf<typeof chardevBackend>;

interface PlacedEnd {
  readonly path: string;
  readonly end: End;
  /** The host makes up a path where there is none. */
  readonly named?: boolean;
}

const portKinds = ['serial', 'parallel', 'console', 'redirdev'] as const;

function endsOf({ channel, smartcard, rng, ...devices }: DevicesDef): readonly PlacedEnd[] {
  const at = (kind: string, index: number): string => `devices/${kind}[${index + 1}]`;
  return [
    ...portKinds.flatMap((kind) => devices[kind].map((end: End, index) => ({ path: at(kind, index), end }))),
    ...channel.map((end, index) => ({ path: at('channel', index), end, named: end.target.type === 'virtio' })),
    ...smartcard.flatMap((one, index) =>
      one.mode === 'passthrough' && one.chardev ? [{ path: at('smartcard', index), end: one.chardev }] : [],
    ),
    ...rng.flatMap(({ backend }, index) =>
      backend.model === 'egd' && backend.chardev ? [{ path: `${at('rng', index)}/backend`, end: backend.chardev }] : [],
    ),
  ];
}

const bans: readonly Ban<PlacedEnd>[] = [
  {
    code: 'INTERNAL_ERROR',
    when: ({ end }) => end.type === 'udp' && !(end.source ?? []).some(({ mode, service }) => mode === 'connect' && service !== undefined),
    words: 'Missing source service attribute for char device',
  },
  {
    code: 'INTERNAL_ERROR',
    when: ({ end, named }) => end.type === 'unix' && end.source?.path === undefined && named !== true,
    words: 'Missing source path attribute for char device',
  },
  {
    at: 'source/reconnect',
    code: 'INTERNAL_ERROR',
    when: ({ end }) => (end.type === 'tcp' || end.type === 'unix') && end.source?.mode === 'bind' && end.source.reconnect?.enabled === true,
    words: 'chardev reconnect is possible only for connect mode',
  },
];

const ends: Rule = ({ devices }) => {
  for (const placed of endsOf(devices)) {
    const broken = firstBroken(bans, placed, undefined);
    if (!broken) continue;
    const path = broken.at === undefined ? placed.path : `${placed.path}/${broken.at}`;
    return refusal(broken.code ?? 'CONFIG_UNSUPPORTED', path, wordsOf(broken, placed, undefined));
  }
  return undefined;
};

export const characterRules: readonly Rule[] = [ends];
