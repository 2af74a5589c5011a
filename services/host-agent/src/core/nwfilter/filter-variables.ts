import type { Port } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import type { Variables } from './filter-rule.js';
import { parametersOf } from './place-rules.js';

export type FilterRef = NonNullable<Extract<NetDef, { filterref?: unknown }>['filterref']>;

/** Who may say what address a guest has, beside its definition. */
export type AddressMode = 'none' | 'any' | 'dhcp';

export const modeOf = ({ parameter }: FilterRef): AddressMode | undefined => {
  const given = parameter.find(({ name }) => name === 'CTRL_IP_LEARNING')?.value ?? 'any';
  return given === 'none' || given === 'any' || given === 'dhcp' ? given : undefined;
};

/**
 * What variables stand for on one interface. Its definition speaks first; then netd, which knows the addresses that it has given; then
 * what was learned. `none` leaves it at the definition.
 */
export function variablesOf(
  { parameter }: FilterRef,
  of: { readonly mac: string; readonly port?: Port; readonly learned: readonly string[] },
): Variables {
  const own = parametersOf(parameter);
  const granted = (family: 'ipv4' | 'ipv6'): string[] =>
    (of.port?.addresses ?? []).flatMap((each) => (each.family === family ? [each.address] : []));
  const mayAsk = modeOf({ filter: '', parameter }) !== 'none';
  const known = { IP: mayAsk ? firstFilled(granted('ipv4'), of.learned) : [], IPV6: mayAsk ? granted('ipv6') : [] };
  const filled = Object.fromEntries(Object.entries(known).filter(([, values]) => values.length > 0));
  return { MAC: [of.mac], ...filled, ...own };
}

const firstFilled = (...lists: readonly (readonly string[])[]): readonly string[] => lists.find((list) => list.length > 0) ?? [];
