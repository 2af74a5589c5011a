import { Refusal } from '@virtbus/contracts';
import { parseIp, type IpAddress } from '@virtbus/libvirt-xml';

const parsed = (address: string): IpAddress => {
  const ip = parseIp(address);
  if (!ip) throw new Refusal('xml_error', `XML error: Invalid network address '${address}'`);
  return ip;
};

/** How many addresses a range holds. */
export function rangeSize(start: string, end: string): number {
  return Number(parsed(end).bits - parsed(start).bits) + 1;
}

/** The name of the zone for reverse look-ups of a network, `122.168.192.in-addr.arpa`. @throws Refusal unless on an octet (nibble) border */
export function networkZone(address: string, prefix: number): string {
  const { family, bits } = parsed(address);
  const step = family === 'ipv4' ? 8 : 4;
  if (prefix === 0 || prefix % step !== 0) {
    throw new Refusal(
      'config_unsupported',
      `unsupported configuration: PTR domain for ${address}/${prefix} cannot be created: the prefix is not a multiple of ${step}`,
    );
  }
  const width = family === 'ipv4' ? 32 : 128;
  const labels: string[] = [];
  for (let at = width - prefix; at < width; at += step) {
    const label = (bits >> BigInt(at)) & (family === 'ipv4' ? 0xffn : 0xfn);
    labels.push(label.toString(family === 'ipv4' ? 10 : 16));
  }
  return `${labels.join('.')}.${family === 'ipv4' ? 'in-addr' : 'ip6'}.arpa`;
}
