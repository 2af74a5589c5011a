/**
 * A network's dnsmasq configuration: what libvirt writes, in its order, without the paths, which the host knows. Options that
 * dnsmasq reads line by line are built here from a user's XML, so no value may hold a line break.
 */
import { Refusal, type DnsmasqPlan } from '@virtbus/contracts';
import { effectivePrefix, type NetworkDef } from '@virtbus/libvirt-xml';
import { networkZone, rangeSize } from './addresses.js';

type Ip = NetworkDef['ip'][number];
type Dns = NonNullable<NetworkDef['dns']>;
type Dhcp = NonNullable<Ip['dhcp']>;

export const forwardMode = (network: NetworkDef) => network.forward?.mode ?? 'none';

const familyOf = (ip: Ip): 'ipv4' | 'ipv6' => (ip.family === 'ipv6' ? 'ipv6' : 'ipv4');
const hasDhcp = (ip: Ip): boolean => (ip.dhcp?.range.length ?? 0) + (ip.dhcp?.host.length ?? 0) > 0;
const dnsEnabled = (network: NetworkDef): boolean => network.dns?.enable !== false;

const serves = (network: NetworkDef): boolean => dnsEnabled(network) || network.ip.some((ip) => hasDhcp(ip) || ip.tftp || ip.dhcp?.bootp);

/** Undefined when the network needs no dnsmasq: it has no address, or nothing to serve. */
export function dnsmasqPlanOf(network: NetworkDef, bridge: string): DnsmasqPlan | undefined {
  if (network.ip.length === 0 || !serves(network)) return undefined;
  const options = [
    'strict-order',
    ...dnsOptions(network),
    'except-interface=lo',
    'bind-dynamic',
    `interface=${bridge}`,
    ...(forwardMode(network) === 'none' ? ['dhcp-option=3', 'no-resolv', 'ra-param=*,0,0'] : []),
    ...recordOptions(network.dns),
    ...tftpOptions(network),
    ...dhcpOptions(network),
    ...(network.options?.option ?? []).map((option) => option.value),
  ];
  const hosts = network.ip.flatMap((ip) => hostLines(ip));
  const names = (network.dns?.host ?? []).map((host) => `${host.ip}\t${host.hostname.join('\t')}`);
  for (const line of [...options, ...hosts, ...names]) assertOneLine(line);
  return { options, ...(network.ip.some(hasDhcp) ? { hosts } : {}), names };
}

function dhcpOptions(network: NetworkDef): string[] {
  const dhcp = network.ip.find((ip) => familyOf(ip) === 'ipv4' && ip.dhcp);
  const dhcp6 = network.ip.find((ip) => familyOf(ip) === 'ipv6' && ip.dhcp);
  return [
    ...(dhcp ? [...rangeOptions(dhcp), ...ipv4Options(dhcp)] : []),
    ...(dhcp6 ? rangeOptions(dhcp6) : []),
    ...leaseLimit(network),
    ...(network.mtu && dhcp ? [`dhcp-option=option:mtu,${network.mtu.size}`] : []),
    ...routerAdvertisements(network, dhcp6),
  ];
}

function assertOneLine(line: string): void {
  if (/[\n\r\0]/.test(line)) throw new Refusal('xml_detail', `a value of the network holds a line break: ${JSON.stringify(line)}`);
}

function dnsOptions(network: NetworkDef): string[] {
  return [
    ...(dnsEnabled(network) ? [] : ['port=0']),
    ...forwarderOptions(network.dns?.forwarder ?? []),
    ...domainOptions(network.domain),
    ...network.ip.filter((ip) => ip.localPtr).map((ip) => `local=/${networkZone(ip.address, effectivePrefix(ip))}/`),
    ...(network.dns?.forwardPlainNames === false ? ['domain-needed', 'local=//'] : []),
  ];
}

const forwarderOptions = (forwarders: Dns['forwarder']): string[] => [
  ...forwarders.map(({ domain: zone, addr }) => `server=${zone === undefined ? '' : `/${zone}/`}${addr ?? '#'}`),
  ...(forwarders.some(({ domain: zone, addr }) => zone === undefined && addr !== undefined) ? ['no-resolv'] : []),
];

const domainOptions = ({ name, localOnly }: Partial<NonNullable<NetworkDef['domain']>> = {}): string[] =>
  name === undefined ? [] : [...(localOnly ? [`local=/${name}/`] : []), `domain=${name}`, 'expand-hosts'];

function recordOptions(dns: Dns | undefined): string[] {
  return [
    ...(dns?.txt ?? []).map(({ name, value }) => `txt-record=${name}${value === undefined ? '' : `,${value}`}`),
    ...(dns?.srv ?? []).map(srvOption),
  ];
}

/** What follows a missing target means nothing; a missing number before a given one takes its default. */
function srvOption({ service, protocol, domain, target, port, priority, weight }: Dns['srv'][number]): string {
  const name = `srv-host=_${service}._${protocol}${domain === undefined ? '' : `.${domain}`}`;
  if (target === undefined || target === '.') return name;
  const numbers = [port ?? 1, priority ?? 0, weight ?? 0];
  const given = weight === undefined ? (priority === undefined ? (port === undefined ? 0 : 1) : 2) : 3;
  return [name, target, ...numbers.slice(0, given)].join(',');
}

const tftpOptions = (network: NetworkDef): string[] =>
  network.ip.flatMap((ip) => (ip.tftp ? ['enable-tftp', `tftp-root=${ip.tftp.root}`] : []));

function rangeOptions(ip: Ip): string[] {
  const ipv6 = familyOf(ip) === 'ipv6';
  const ranges = ip.dhcp?.range ?? [];
  const size = ipv6 ? String(effectivePrefix(ip)) : netmaskOf(effectivePrefix(ip));
  if (ranges.length === 0) return (ip.dhcp?.host.length ?? 0) > 0 ? [`dhcp-range=${ip.address},static${ipv6 ? `,${size}` : ''}`] : [];
  return ranges.map((range) => ['dhcp-range=' + range.start, range.end, size, ...leaseTime(range.lease)].join(','));
}

const netmaskOf = (prefix: number): string =>
  [0, 8, 16, 24].map((offset) => 256 - 2 ** (8 - Math.max(0, Math.min(8, prefix - offset)))).join('.');

function ipv4Options(ip: Ip): string[] {
  const { bootp } = ip.dhcp ?? {};
  const boot = bootp?.file === undefined ? [] : [`dhcp-boot=${bootp.file}${bootp.server === undefined ? '' : `,,${bootp.server}`}`];
  return [...(hasDhcp(ip) ? ['dhcp-no-override', 'dhcp-authoritative'] : []), ...boot];
}

function leaseTime(lease: Dhcp['range'][number]['lease']): string[] {
  if (!lease) return [];
  if (lease.expiry === 0) return ['infinite'];
  const unit = { seconds: 's', minutes: 'm', hours: 'h' }[lease.unit ?? 'minutes'];
  return [`${lease.expiry}${unit}`];
}

function leaseLimit(network: NetworkDef): string[] {
  const ranges = network.ip.flatMap((ip) => ip.dhcp?.range ?? []);
  const leases = ranges.reduce((total, range) => total + rangeSize(range.start, range.end), 0);
  return leases > 0 ? [`dhcp-lease-max=${leases}`] : [];
}

function routerAdvertisements(network: NetworkDef, dhcp6: Ip | undefined): string[] {
  if (dhcp6 && hasDhcp(dhcp6)) return ['enable-ra'];
  return network.ip.filter((ip) => familyOf(ip) === 'ipv6').map((ip) => `dhcp-range=${ip.address},ra-only`);
}

function hostLines(ip: Ip): string[] {
  const ipv6 = familyOf(ip) === 'ipv6';
  return (ip.dhcp?.host ?? []).map((host) => {
    const who = ipv6 ? [host.id === undefined ? undefined : `id:${host.id}`, host.name, `[${host.ip}]`] : ipv4Host(host);
    return [...who.filter((part) => part !== undefined), ...leaseTime(host.lease)].join(',');
  });
}

/** With a MAC the name follows the address; without one the name is the key. */
const ipv4Host = (host: Dhcp['host'][number]) => (host.mac === undefined ? [host.name, host.ip] : [host.mac, host.ip, host.name]);
