import { expect, test } from 'vitest';
import { networkRecords, Refusal, type NetworkRecord, type OwnedBy } from '@virtbus/contracts';
import { networkFor } from './network-for.js';

const domain = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const record = (name: string, more: Partial<NetworkRecord> = {}): NetworkRecord => ({ ...networkRecords.example, name, ...more });
const all = [record('lab'), record('red', { project: 'red' }), record('red-off', { project: 'red', active: false })];
const named = async (name: string) => all.find((each) => each.name === name);

const found = (owner: OwnedBy | undefined, name: string): Promise<string> =>
  networkFor({ domain }, name, { named, namedFresh: named, byUuid: async () => undefined, ownerOf: async () => owner }).then(
    (network) => network.name,
    (thrown: unknown) => (thrown instanceof Refusal ? `${thrown.code} ${thrown.message}` : Promise.reject(thrown as Error)),
  );
const none = (name: string): string => `no_network Network not found: no network with matching name '${name}'`;
const among = " among those that the project 'blue' sees";

test.each<[string, OwnedBy | undefined, string, string]>([
  ['its own project’s', { project: 'red' }, 'red', 'red'],
  ['the fleet’s, for a project’s domain', { project: 'blue' }, 'lab', 'lab'],
  ['any project’s, for the fleet’s own domain', {}, 'red', 'red'],
  ['another project’s: none', { project: 'blue' }, 'red', none('red') + among],
  ['another project’s and not active: none', { project: 'blue' }, 'red-off', none('red-off') + among],
  ['nobody’s, in the same words', { project: 'blue' }, 'nope', none('nope') + among],
  ['a project’s, for a domain that is gone: none', undefined, 'red', none('red')],
  ['not active', { project: 'red' }, 'red-off', "operation_invalid Requested operation is not valid: network 'red-off' is not active"],
])('a network that is %s', async (_, owner, name, answer) => {
  expect(await found(owner, name)).toBe(answer);
});
