/** What libvirt refuses when a network that could be read is defined: what each forward mode can do. */
import { LibvirtError } from '../errors/libvirt-error.js';
import { NETWORK } from './network-name.js';
import { parseIp, prefixOfNetmask } from '../formats/ip.js';
import { familyOf } from './ip.js';
import { isLayer3, modeOf } from './network-rules.js';
import type { NetworkDef } from './network.js';

/**
 * Checks a network before it is defined; reading it has checked the rest.
 * @throws LibvirtError CONFIG_UNSUPPORTED with the path of the element that the forward mode does not take.
 */
export function validateNetwork(value: NetworkDef): void {
  for (const rule of [checkAddresses, checkMasks, checkModeElements, checkHostSide, checkPortgroups, checkVlan]) rule(value);
}

const unsupported = (path: string, words: string) =>
  new LibvirtError('CONFIG_UNSUPPORTED', words, { domain: NETWORK, path: `/network/${path}` });

const checkAddresses = ({ ip, name }: NetworkDef): void => {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const serving = ip.filter((one) => one.dhcp && familyOf(one) === family);
    if (serving.length < 2) continue;
    const words = family === 'ipv4' ? 'IPv4' : 'IPv6';
    throw unsupported(
      'ip',
      `Multiple ${words} dhcp sections found -- dhcp is supported only for a single ${words} address on each network '${name}'`,
    );
  }
};

const checkMasks = ({ ip, name }: NetworkDef): void => {
  for (const [index, { netmask, address }] of ip.entries()) {
    const mask = netmask === undefined ? undefined : parseIp(netmask);
    if (mask && prefixOfNetmask(mask) === undefined) {
      throw unsupported(`ip[${index + 1}]`, `netmask '${netmask}' of network '${name}' is no valid mask for '${address}'`);
    }
  }
};

const checkModeElements = (value: NetworkDef): void => {
  const { name, mac, ip, dns, domain } = value;
  const mode = modeOf(value);
  if (isLayer3(mode)) return;
  const present = {
    mac: mac !== undefined,
    ip: ip.length > 0,
    dns: dns !== undefined && dns.txt.length + dns.srv.length + dns.host.length > 0,
    domain: domain !== undefined,
  };
  for (const [element, given] of Object.entries(present)) {
    if (given) throw unsupported(element, `Unsupported <${element}> element in network ${name} with forward mode='${mode}'`);
  }
};

/** Whether the host has links of the network's own to limit traffic on. */
const canLimit = (value: NetworkDef): boolean =>
  isLayer3(modeOf(value)) || (modeOf(value) === 'bridge' && value.bridge?.name !== undefined);

const checkHostSide = (value: NetworkDef): void => {
  const mode = modeOf(value);
  if (!value.bandwidth || canLimit(value)) return;
  throw unsupported('bandwidth', `Unsupported network-wide <bandwidth> element in network ${value.name} with forward mode='${mode}'`);
};

const checkPortgroups = (value: NetworkDef): void => {
  const { portgroup, name } = value;
  const names = portgroup.map((group) => group.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined)
    throw unsupported('portgroup', `multiple <portgroup> elements with the same name (${twice}) in network '${name}'`);
  if (portgroup.filter((group) => group.default).length > 1) {
    throw unsupported('portgroup', `multiple default <portgroup> elements in network '${name}'`);
  }
  const limited = canLimit(value) ? undefined : portgroup.find((group) => group.bandwidth);
  if (limited)
    throw unsupported(
      'portgroup/bandwidth',
      `Unsupported <bandwidth> element in network '${name}' in portgroup '${limited.name}' with forward mode='${modeOf(value)}'`,
    );
};

const checkVlan = (value: NetworkDef): void => {
  const mode = modeOf(value);
  if (mode === 'hostdev' || mode === 'passthrough') return;
  const takesVlan = (type: string | undefined): boolean => mode === 'bridge' && (type ?? value.virtualport?.type) === 'openvswitch';
  const words = `specified for network ${value.name}, whose type doesn't support vlan configuration`;
  if (value.vlan && !takesVlan(undefined)) throw unsupported('vlan', `<vlan> element ${words}`);
  const group = value.portgroup.find((one) => one.vlan && !takesVlan(one.virtualport?.type));
  if (group) throw unsupported('portgroup/vlan', `<vlan> element in portgroup '${group.name}' ${words}`);
};
