import type { NetworkDef } from '../network.js';
import { portgroup as portgroupSpec } from '../portgroup.js';
import { added, invalid, isAddition, withAt, without, type Change } from './change.js';
import { readFragment } from './fragment.js';

export function updatePortgroups(change: Change): NetworkDef {
  const { network, command } = change;
  const { value: given } = readFragment(portgroupSpec, 'portgroup', change);
  const groups = network.portgroup;
  const index = groups.findIndex(({ name }) => name === given.name);
  const described = `<portgroup name='${given.name}'>`;
  if (index < 0 && !isAddition(command))
    throw invalid(`couldn't find a portgroup entry in network '${network.name}' matching ${described}`);
  if (index >= 0 && isAddition(command))
    throw invalid(`there is an existing portgroup entry in network '${network.name}' that matches "${described}"`);
  if (command === 'delete') return { ...network, portgroup: without(groups, index) };
  const another = groups.some((one) => one.default && one.name !== given.name);
  if (given.default && another)
    throw invalid(`a different portgroup entry in network '${network.name}' is already set as the default. Only one default is allowed.`);
  return { ...network, portgroup: command === 'modify' ? withAt(groups, index, given) : added(groups, given, command) };
}
