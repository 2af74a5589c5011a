/** What QEMU cannot do for an interface. */
import type { NetDef } from '../devices/interface/interface.js';
import { isVirtioModel } from '../devices/interface/model.js';
import { parseIp } from '../formats/ip.js';
import { bannedFor, QEMU, virtioOption, type Ban, type Rule } from './rule.js';

const guestSide = 'Invalid attempt to set network interface guest-side IP route';

/** Addresses of a family that the guest side is given. */
const addresses = (device: NetDef, family: 'ipv4' | 'ipv6') =>
  device.type === 'user' ? device.ip.filter((one) => parseIp(one.address)?.family === family) : [];
const prefixOf = (device: NetDef, family: 'ipv4' | 'ipv6'): number | undefined => addresses(device, family)[0]?.prefix;

const IPV4_PREFIX = { min: 4, max: 27 };
const IPV6_PREFIX = 64;

const guestAddresses: readonly Ban<NetDef>[] = [
  { at: 'route', domain: QEMU, when: ({ route }) => route.length > 0, words: `${guestSide}, not supported by QEMU` },
  {
    at: 'ip',
    domain: QEMU,
    when: ({ type, ip }) => type !== 'user' && ip.length > 0,
    words: `${guestSide} and/or address info, not supported by QEMU`,
  },
  { at: 'ip', when: (device) => addresses(device, 'ipv4').length > 1, words: 'Only one IPv4 address per interface is allowed' },
  { at: 'ip', when: (device) => addresses(device, 'ipv6').length > 1, words: 'Only one IPv6 address per interface is allowed' },
  {
    at: 'ip',
    code: 'XML_ERROR',
    when: (device) => {
      const prefix = prefixOf(device, 'ipv4');
      return prefix !== undefined && (prefix < IPV4_PREFIX.min || prefix > IPV4_PREFIX.max);
    },
    words: `invalid prefix, must be in range of ${IPV4_PREFIX.min}-${IPV4_PREFIX.max}`,
  },
  {
    at: 'ip',
    when: (device) => (prefixOf(device, 'ipv6') ?? IPV6_PREFIX) !== IPV6_PREFIX,
    words: (device) => `unsupported IPv6 address prefix='${prefixOf(device, 'ipv6')}' - must be ${IPV6_PREFIX}`,
  },
];

const driverOf = (device: NetDef) => (device.type === 'hostdev' ? undefined : device.driver);
const isOddSize = (size: number | undefined): boolean => size !== undefined && !Number.isInteger(Math.log2(size));
const isPlain = (device: NetDef): boolean => device.type !== 'hostdev' && !isVirtioModel(device.model?.type);
const modelOf = (device: NetDef): string => device.model?.type ?? '';

const drivers: readonly Ban<NetDef>[] = [
  { at: 'driver', when: (device) => isOddSize(driverOf(device)?.rxQueueSize), words: 'rx_queue_size has to be a power of two' },
  { at: 'driver', when: (device) => isOddSize(driverOf(device)?.txQueueSize), words: 'tx_queue_size has to be a power of two' },
  {
    at: 'teaming',
    domain: QEMU,
    when: (device) => isPlain(device) && device.teaming?.type === 'persistent',
    words: (device) => `virtio-net teaming persistent interface must be <model type='virtio'/>, not '${modelOf(device)}'`,
  },
  {
    at: 'model',
    domain: QEMU,
    when: (device) => isPlain(device) && device.type === 'vdpa',
    words: (device) => `invalid model for interface of type 'vdpa': '${modelOf(device)}'`,
  },
  {
    at: 'driver',
    domain: QEMU,
    when: (device) => isPlain(device) && virtioOption(driverOf(device)) !== undefined,
    words: (device) => `${virtioOption(driverOf(device))} driver option is only supported for virtio devices`,
  },
];

const bridged = ['network', 'bridge'];

const others: readonly Ban<NetDef>[] = [
  {
    at: 'backend',
    when: ({ type, backend }) => backend?.type === 'passt' && type !== 'user',
    words: "The 'passt' backend can only be used with interface type='user'",
  },
  {
    at: 'teaming',
    when: ({ type, teaming }) => teaming?.type === 'transient' && type !== 'hostdev' && type !== 'network',
    words: "teaming transient attribute is only supported for interfaces of type 'hostdev' or 'network'",
  },
  {
    at: 'port',
    when: ({ type, port }) => port?.isolated === true && !bridged.includes(type),
    words: ({ type, mac }) =>
      `interface ${mac?.address ?? ''} - <port isolated='yes'/> is not supported for network interfaces with type='${type}'`,
  },
  {
    at: 'rom',
    when: ({ rom }) => rom?.enabled === false && (rom.bar !== undefined || rom.file !== undefined),
    words: 'ROM tuning is not supported when ROM is disabled',
  },
];

export const interfaceRules: readonly Rule[] = [guestAddresses, drivers, others].map((bans) => bannedFor('interface', bans));
