/** What libvirt refuses while it reads a network: combinations of elements and forward modes. */
import { networkOf, parseIp } from '../formats/ip.js';
import { isMulticast } from '../formats/mac.js';
import { forbid, type Ban } from '../model/ban.js';
import type { Place } from '../model/place.js';
import { effectivePrefix } from './ip-prefix.js';
import { NETWORK } from './network-name.js';
import type { NetworkDef } from './network.js';

type Mode = NonNullable<NetworkDef['forward']>['mode'];

/** Whether the host's own bridge carries the network; no forward element means isolated. */
export const isLayer3 = (mode: Mode | undefined): boolean => mode === undefined || ['none', 'nat', 'route', 'open'].includes(mode);

export const modeOf = ({ forward }: NetworkDef): Mode => forward?.mode ?? 'none';

/** @throws LibvirtError at the first rule that the network breaks. */
export function checkNetwork(value: NetworkDef, at: Place): void {
  for (const bans of [names, modes, bridges, routes]) forbid(bans, value, at, NETWORK);
}

type Bans = readonly Ban<NetworkDef, Place>[];

const code = 'XML_ERROR';

const names: Bans = [
  { code: 'XML_DETAIL', domain: 5, when: ({ name }) => name.includes('/'), words: () => 'invalid char in name: /' },
  { code: 'XML_DETAIL', domain: 5, when: ({ name }) => name.includes('\n'), words: () => String.raw`invalid char in name: \n` },
  {
    code,
    when: ({ mac }) => mac !== undefined && isMulticast(mac.address),
    words: ({ mac, name }) => `Invalid multicast bridge mac address '${mac?.address}' in network '${name}'`,
  },
];

const devices = ({ forward }: NetworkDef): number => forward?.interface.length ?? 0;
const forwards = (def: NetworkDef): boolean => ['nat', 'route', 'open'].includes(modeOf(def));

const modes: Bans = [
  {
    code,
    when: (def) => forwards(def) && def.ip.length === 0,
    words: (def) => `${modeOf(def)} forwarding requested, but no IP address provided for network '${def.name}'`,
  },
  {
    code,
    when: (def) => forwards(def) && modeOf(def) !== 'open' && devices(def) > 1,
    words: ({ name }) => `multiple forwarding interfaces specified for network '${name}', only one is supported`,
  },
  {
    code,
    when: (def) => modeOf(def) === 'open' && devices(def) > 0,
    words: ({ name }) => `forward dev not allowed for network '${name}' with forward mode='open'`,
  },
  {
    code,
    when: (def) => modeOf(def) === 'bridge' && def.bridge?.name !== undefined && (devices(def) > 0 || def.forward?.pf !== undefined),
    words: ({ name }) =>
      `A network with forward mode='bridge' can specify a bridge name or a forward dev, but not both (network '${name}')`,
  },
];

const layer3Only = 'only allowed in open, route, nat, and isolated mode, not in';
const isPool = (def: NetworkDef): boolean => !isLayer3(modeOf(def)) && modeOf(def) !== 'bridge';

const bridges: Bans = [
  {
    code,
    when: (def) => !isLayer3(modeOf(def)) && (def.bridge?.stp !== undefined || def.bridge?.delay !== undefined),
    words: (def) => `bridge delay/stp options ${layer3Only} ${modeOf(def)} (network '${def.name}')`,
  },
  {
    code,
    when: (def) => !isLayer3(modeOf(def)) && def.bridge?.zone !== undefined,
    words: (def) => `bridge zone ${layer3Only} ${modeOf(def)} (network '${def.name}')`,
  },
  {
    code,
    when: (def) => isPool(def) && def.bridge?.name !== undefined,
    words: (def) => `bridge name not allowed in ${modeOf(def)} mode (network '${def.name}')`,
  },
  {
    code,
    when: (def) => isPool(def) && def.bridge?.macTableManager !== undefined,
    words: (def) => `bridge macTableManager setting not allowed in ${modeOf(def)} mode (network '${def.name}')`,
  },
  {
    code,
    when: (def) => !isLayer3(modeOf(def)) && def.mtu !== undefined,
    words: (def) => `mtu size ${layer3Only} ${modeOf(def)} (network '${def.name}')`,
  },
];

/** The first gateway that is on none of the network's own subnets. */
const lostGateway = ({ route, ip }: NetworkDef): string | undefined =>
  route.find(({ gateway }) => !ip.some((one) => isWithin(gateway, one)))?.gateway;

function isWithin(gateway: string, subnet: NetworkDef['ip'][number]): boolean {
  const [address, own] = [parseIp(gateway), parseIp(subnet.address)];
  const prefix = effectivePrefix(subnet);
  return own !== undefined && address?.family === own.family && networkOf(own, prefix).bits === networkOf(address, prefix).bits;
}

const routes: Bans = [
  {
    when: (def) => lostGateway(def) !== undefined,
    words: (def) => `unreachable static route gateway '${lostGateway(def)}' specified for network '${def.name}'`,
  },
];
