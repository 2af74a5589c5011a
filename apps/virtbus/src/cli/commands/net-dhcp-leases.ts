import type { Lease } from '@virtbus/contracts';
import { command } from '../command.js';
import { networkOption } from '../object-order.js';
import { formatTable } from '../core/text-table.js';
import { Failure } from '../failure.js';
import { withNetwork } from '../references.js';

const MAC = /^(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i;

const octets = (mac: string): string =>
  mac
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':')
    .toLowerCase();

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** In the time zone of whoever looks: `2030-01-21 18:49:41`. */
function expiryWords(seconds: number): string {
  if (seconds === 0) return 'never';
  const at = new Date(seconds * 1_000);
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(twoDigits).join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':')}`;
}

const rowOf = (lease: Lease): string[] => [
  expiryWords(lease.expiry),
  lease.mac,
  lease.protocol,
  `${lease.address}/${lease.prefix}`,
  lease.hostname ?? '-',
  lease.clientId ?? '-',
];

const header = ['Expiry Time', 'MAC address', 'Protocol', 'IP address', 'Hostname', 'Client ID or DUID'];

export default command({
  about: 'List the addresses that the network has leased to guests, on every host.',
  example: 'virtbus net-dhcp-leases lab',
  options: { network: networkOption, mac: { kind: 'text', about: 'only the leases of this MAC address' } },
  async run({ network, mac }, context) {
    const doing = `Failed to get leases info for ${network}`;
    const { leases } = await withNetwork(network, doing, async () => context.ask('listLeases', { network }));
    if (mac !== undefined && !MAC.test(mac)) throw new Failure([doing, `invalid MAC address: ${mac}`], 'invalid_argument', { libvirt: 8 });
    const chosen = mac === undefined ? leases : leases.filter((lease) => lease.mac === octets(mac));
    return { text: formatTable({ header, rows: chosen.map(rowOf) }, context.globals.quiet), json: chosen };
  },
});
