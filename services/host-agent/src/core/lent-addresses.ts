/**
 * What this host's dnsmasq lends and names on a network: the definition's own lines, and a line for each port. Only ports of this host
 * get a lease here; names are those of every host's guests.
 */
import type { HostNetwork } from '@virtbus/contracts';
import type { NetworkFacts, NetworkPort } from './network-facts.js';

type Dnsmasq = NonNullable<HostNetwork['dnsmasq']>;

export function withPorts(dnsmasq: Dnsmasq, { ports }: NetworkFacts, hostId: string): Dnsmasq {
  const owners = new Map(ports.flatMap(({ mac, addresses = [] }) => addresses.map(({ address }) => [address, mac] as const)));
  const defined = (dnsmasq.hosts ?? []).filter((line) => mayStand(lineOf(line), owners));
  const covered = new Set(defined.map((line) => lineOf(line)).map(({ mac, address }) => `${mac} ${address}`));
  const lent = ports.filter((port) => port.hostId === hostId).flatMap((port) => leaseLine(port, covered));
  const taken = new Set([...dnsmasq.names.flatMap((line) => line.split('\t').slice(1)), ...defined.flatMap((line) => line.split(','))]);
  const names = ports.flatMap((port) => (isHostName(port.domainName) && !taken.has(port.domainName) ? nameLines(port) : []));
  return { ...dnsmasq, ...(dnsmasq.hosts ? { hosts: [...defined, ...lent] } : {}), names: [...dnsmasq.names, ...names] };
}

interface HostLine {
  readonly mac: string | undefined;
  readonly address: string | undefined;
}

const macText = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
const ipv4Text = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** `MAC,ADDRESS…`, `NAME,ADDRESS…` or `id:…,NAME,[ADDRESS]…` */
function lineOf(line: string): HostLine {
  const parts = line.split(',');
  const address = parts.find((part) => ipv4Text.test(part)) ?? parts.find((part) => part.startsWith('['))?.slice(1, -1);
  return { mac: parts.find((part) => macText.test(part))?.toLowerCase(), address };
}

/** netd has given the address to a port: nobody else may be lent it here, whatever the definition says meanwhile. */
function mayStand({ mac, address }: HostLine, owners: ReadonlyMap<string, string>): boolean {
  const owner = address === undefined ? undefined : owners.get(address);
  return owner === undefined || owner === mac;
}

function leaseLine({ mac, addresses = [] }: NetworkPort, covered: ReadonlySet<string>): string[] {
  const wanted = addresses.filter(({ address }) => !covered.has(`${mac} ${address}`));
  if (wanted.length === 0) return [];
  return [[mac, ...wanted.map(({ family, address }) => (family === 'ipv6' ? `[${address}]` : address))].join(',')];
}

/** RFC 1123. */
const isHostName = (name: string): boolean => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(name) && !/^\d+$/.test(name);

const nameLines = ({ domainName, addresses = [] }: NetworkPort): string[] => addresses.map(({ address }) => `${address}\t${domainName}`);
