import type { NetDef } from '@virtbus/libvirt-xml';

type UserNetDef = Extract<NetDef, { readonly type: 'user' }>;
type Forward = UserNetDef['portForward'][number];

/** What passt(1) is told of an interface, as libvirt tells it; where it listens is whoever starts it's to say. */
export function passtOptions({ source, ip, mtu, portForward, backend }: UserNetDef): string[] {
  return [
    ...(backend?.logFile === undefined ? [] : ['--log-file', backend.logFile]),
    ...(source?.dev === undefined ? [] : ['--interface', source.dev]),
    ...(mtu?.size === undefined ? [] : ['--mtu', String(mtu.size)]),
    ...ip.flatMap(({ address, prefix }) => [
      '--address',
      address,
      ...(prefix === undefined || address.includes(':') ? [] : ['--netmask', String(prefix)]),
    ]),
    ...portForward.flatMap((forward) => [`--${forward.proto}-ports`, specOf(forward)]),
  ];
}

/** `[address][%dev]/ports`, all ports where none are named. */
function specOf({ address = '', dev, range }: Forward): string {
  const bound = `${address}${dev === undefined ? '' : `%${dev}`}`;
  const ports = range.map(rangeOf).join(',');
  return [bound, ports === '' && bound === '' ? 'all' : ports].filter((part) => part !== '').join('/');
}

function rangeOf({ start, end, to, exclude }: Forward['range'][number]): string {
  const last = end === undefined || end === 0 || end === start ? undefined : end;
  const here = last === undefined ? String(start) : `${start}-${last}`;
  if (exclude) return `~${here}`;
  if (to === undefined || to === 0) return here;
  return last === undefined ? `${here}:${to}` : `${here}:${to}-${to + last - start}`;
}
