import { defined } from '@virtbus/contracts';
import { assignedAddress, unsupported } from '../core/plan-interfaces.js';
import type { Made } from '../core/interface-record.js';
import { pciNumbers } from '@virtbus/libvirt-xml';
import type { FormerFunction, FunctionPlan } from '../sriov/assigned-functions.js';
import type { Connection } from './connection.js';
import type { Connector } from './connector.js';
import { refuseSwitchProfile } from './direct.js';

/**
 * A virtual function of an SR-IOV card as the guest's own network card. Its MAC and tag are set through its physical function; QEMU is told
 * neither. What it was before is in the journal before anything changes, and it is that again afterwards.
 */
export const hostdev: Connector = {
  volatile: false,

  async reserve(connection, { links }) {
    const plan = planOf(connection);
    refuseSwitchProfile(connection);
    return { made: { ...links.functions.prepare(plan) } };
  },

  giveUp({ made }, { links }) {
    if (made) links.functions.giveUp(formerOf(made).address);
  },

  async plug(connection, { links }) {
    const plan = planOf(connection);
    await links.functions.assign(plan, formerOf(connection.made));
    return { handover: { type: 'hostdev', address: pciNumbers(plan.address) } };
  },

  activate: async () => undefined,
  deactivate: async () => undefined,

  async unplug({ made }, { links }) {
    if (!made) return;
    await links.functions.giveBack(formerOf(made));
  },

  async reconcile(connection, { links }) {
    return connection.made ? links.functions.mend(planOf(connection), formerOf(connection.made)) : [];
  },
};

/** What `reserve` has put there. */
const formerOf = (made: Made | undefined): FormerFunction => made as unknown as FormerFunction;

function planOf(connection: Connection): FunctionPlan {
  const { net, port, mac, owner } = connection;
  const address = assignedAddress(net, port);
  if (address === undefined) throw unsupported(net, 'Interface type hostdev is currently supported on SR-IOV Virtual Functions only');
  const { driver, managed = false } = port ? port.actual : ownAssignment(net);
  return { address, mac, vlan: tagOf(connection), managed, owner: { uuid: owner.uuid, name: owner.name }, ...defined({ driver }) };
}

const ownAssignment = (net: Connection['net']): Pick<FunctionPlan, 'driver'> & { readonly managed?: boolean } =>
  net.type === 'hostdev' ? defined({ driver: net.assignment?.name, managed: net.managed }) : {};

function tagOf({ net, port }: Connection): number {
  const vlan = port?.actual.vlan ?? (net.vlan && { trunk: net.vlan.trunk ?? false, tags: net.vlan.tag });
  if (!vlan) return 0;
  const [tag, ...more] = vlan.tags;
  if (vlan.trunk || more.length > 0) throw unsupported(net, 'vlan trunking is not supported by SR-IOV network devices');
  return tag?.id ?? 0;
}
