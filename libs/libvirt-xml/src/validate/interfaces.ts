/** What QEMU cannot do for an interface. */
import { parseIp } from '../formats/ip.js';
import { isVirtioModel } from '../devices/interface/model.js';
import type { NetDef } from '../devices/interface/interface.js';
import { each, qemuCannot, refusal, unsupported, type Rule } from './rule.js';

type Check = (device: NetDef, path: string) => ReturnType<Rule>;

const guestSide: Check = ({ type, ip, route }, path) => {
  if (ip.length + route.length === 0) return undefined;
  if (route.length > 0)
    return qemuCannot(`${path}/route`, 'Invalid attempt to set network interface guest-side IP route, not supported by QEMU');
  if (type !== 'user') {
    return qemuCannot(
      `${path}/ip`,
      'Invalid attempt to set network interface guest-side IP route and/or address info, not supported by QEMU',
    );
  }
  return undefined;
};

const IPV4_PREFIX = [4, 27] as const;
const IPV6_PREFIX = 64;

const userAddresses: Check = ({ type, ip }, path) => {
  if (type !== 'user') return undefined;
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = ip.filter((one) => parseIp(one.address)?.family === family);
    const words = family === 'ipv4' ? 'IPv4' : 'IPv6';
    if (own.length > 1) return unsupported(`${path}/ip`, `Only one ${words} address per interface is allowed`);
    const prefix = own[0]?.prefix;
    if (prefix === undefined) continue;
    if (family === 'ipv6' && prefix !== IPV6_PREFIX)
      return unsupported(`${path}/ip`, "unsupported IPv6 address prefix='" + prefix + "' - must be 64");
    if (family === 'ipv4' && (prefix < IPV4_PREFIX[0] || prefix > IPV4_PREFIX[1])) {
      return refusal('XML_ERROR', `${path}/ip`, `invalid prefix, must be in range of ${IPV4_PREFIX.join('-')}`);
    }
  }
  return undefined;
};

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

const queues: Check = (device, path) => {
  if (device.type === 'hostdev') return undefined;
  const { rxQueueSize, txQueueSize } = device.driver ?? {};
  if (rxQueueSize !== undefined && !isPowerOfTwo(rxQueueSize))
    return unsupported(`${path}/driver`, 'rx_queue_size has to be a power of two');
  return txQueueSize !== undefined && !isPowerOfTwo(txQueueSize)
    ? unsupported(`${path}/driver`, 'tx_queue_size has to be a power of two')
    : undefined;
};

const virtioOnly: Check = (device, path) => {
  const model = device.model?.type;
  if (device.type === 'hostdev' || isVirtioModel(model)) return undefined;
  if (device.teaming?.type === 'persistent') {
    return qemuCannot(`${path}/teaming`, `virtio-net teaming persistent interface must be <model type='virtio'/>, not '${model ?? ''}'`);
  }
  if (device.type === 'vdpa') return qemuCannot(`${path}/model`, `invalid model for interface of type 'vdpa': '${model ?? ''}'`);
  const option = (['iommu', 'ats', 'packed', 'pagePerVq'] as const).find((name) => device.driver?.[name] !== undefined);
  return option
    ? qemuCannot(`${path}/driver`, `${option === 'pagePerVq' ? 'page_per_vq' : option} driver option is only supported for virtio devices`)
    : undefined;
};

const passt: Check = ({ type, backend }, path) =>
  backend?.type === 'passt' && type !== 'user'
    ? unsupported(`${path}/backend`, "The 'passt' backend can only be used with interface type='user'")
    : undefined;

const transient: Check = ({ type, teaming }, path) => {
  const wrong = teaming?.type === 'transient' && type !== 'hostdev' && type !== 'network';
  return wrong
    ? unsupported(`${path}/teaming`, "teaming transient attribute is only supported for interfaces of type 'hostdev' or 'network'")
    : undefined;
};

const isolation: Check = (device, path) => {
  if (device.port?.isolated !== true || device.type === 'network' || device.type === 'bridge') return undefined;
  const words = `interface ${device.mac?.address ?? ''} - <port isolated='yes'/> is not supported for network interfaces with type='${device.type}'`;
  return unsupported(`${path}/port`, words);
};

const rom: Check = ({ rom: given }, path) => {
  const tuned = given?.enabled === false && (given.bar !== undefined || given.file !== undefined);
  return tuned ? unsupported(`${path}/rom`, 'ROM tuning is not supported when ROM is disabled') : undefined;
};

const neverStarts: Check = ({ type }, path) =>
  type === 'null' || type === 'vds' ? unsupported(path, `interface type '${type}' is not supported by QEMU`) : undefined;

const checks = [guestSide, userAddresses, queues, virtioOnly, transient, isolation, rom, passt];

export const interfaceRules: readonly Rule[] = checks.map((check) => each('interface', ({ devices }) => devices.interface, check));

/** Definitions that libvirt keeps, but cannot start. */
export const interfaceStartRules: readonly Rule[] = [each('interface', ({ devices }) => devices.interface, neverStarts)];
