import type { DomainStats } from '@virtbus/contracts';
import type { TypedParam, TypedValue } from '@virtbus/libvirt-rpc';

/** Names whose values are not what nearly all of them are, unsigned and long: clients look at the type. */
const types: readonly (readonly [name: RegExp, type: 'int' | 'uint'])[] = [
  [/^state\./, 'int'],
  [/^vcpu\.\d+\.state$/, 'int'],
  [/^(?:vcpu\.(?:current|maximum)|(?:net|block|iothread)\.count|block\.\d+\.backingIndex)$/, 'uint'],
];

function valueOf(field: string, value: number | string | boolean): TypedValue {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'boolean', value };
  const type = types.find(([name]) => name.test(field))?.[1];
  return type === undefined ? { type: 'ullong', value: BigInt(Math.trunc(value)) } : { type, value };
}

/** Statistics as libvirt types them. */
export const typedStats = (stats: DomainStats['stats']): TypedParam[] =>
  Object.entries(stats).map(([field, value]) => ({ field, value: valueOf(field, value) }));
