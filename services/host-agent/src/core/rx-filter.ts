import { rxFilterModes, type RxFilter, type RxFilterMode } from '@virtbus/contracts';
import { LibvirtError } from '@virtbus/libvirt-xml';

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const MAX_VLAN = 4095;

type Fields = Readonly<Record<string, unknown>>;

/**
 * QEMU's answer to `query-rx-filter` for one card. Every field must be there and be what it should; others are passed over.
 * @throws LibvirtError 1 that names the field
 */
export function parseRxFilter(reply: unknown): RxFilter {
  const [first]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (!isFields(first)) throw new LibvirtError('INTERNAL_ERROR', 'query-rx-filter returned no filter');
  return {
    name: read(first, 'name', isText),
    mac: macOf(first, 'main-mac'),
    promiscuous: read(first, 'promiscuous', isBoolean),
    broadcastAllowed: read(first, 'broadcast-allowed', isBoolean),
    unicast: tableOf(first, 'unicast'),
    multicast: tableOf(first, 'multicast'),
    vlan: { mode: read(first, 'vlan', isMode), table: read(first, 'vlan-table', isVlans) },
  };
}

const tableOf = (fields: Fields, kind: 'unicast' | 'multicast') => ({
  mode: read(fields, kind, isMode),
  overflow: read(fields, `${kind}-overflow`, isBoolean),
  table: read(fields, `${kind}-table`, isMacs).map((mac) => mac.toLowerCase()),
});

const macOf = (fields: Fields, field: string): string => read(fields, field, isMac).toLowerCase();

function read<T>(fields: Fields, field: string, is: (value: unknown) => value is T): T {
  const value = fields[field];
  if (!is(value)) throw new LibvirtError('INTERNAL_ERROR', `Missing or invalid ${field} in query-rx-filter response`);
  return value;
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isMode = (value: unknown): value is RxFilterMode => rxFilterModes.some((mode) => mode === value);
const isMac = (value: unknown): value is string => isText(value) && MAC.test(value.toLowerCase());
const isMacs = (value: unknown): value is string[] => Array.isArray(value) && value.every(isMac);
const isVlan = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_VLAN;
const isVlans = (value: unknown): value is number[] => Array.isArray(value) && value.every(isVlan);
