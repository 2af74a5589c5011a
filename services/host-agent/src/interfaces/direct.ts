import type { Port } from '@virtbus/contracts';
import { guestMacOf } from '../core/guest-mac.js';
import { filterSteps } from '../core/macvtap-filter.js';
import { macvtapPlanOf, unsupported } from '../core/plan-interfaces.js';
import type { Connection } from './connection.js';
import type { Connector } from './connector.js';

/**
 * A macvtap on a link of the host: one that the interface names, or that its network has lent. It stays when its descriptors are closed,
 * so it is in the journal before it is made. It is up only while the guest runs.
 */
export const direct: Connector = {
  volatile: false,

  async reserve({ net, port }, { links }) {
    const { parent, mode } = macvtapPlanOf(net, port);
    refuseSwitchProfile({ net, port });
    if (port?.actual.vlan ?? net.vlan) {
      throw unsupported(net, `vlan can only be set for SR-IOV VFs, and is not set on a macvtap in mode ${mode} by this version`);
    }
    const parentMac = links.direct.macOf(parent);
    const target = await links.holdName({ prefix: 'macvtap', target: net.target?.dev });
    return { target, ...(mode === 'passthrough' ? { made: { parentMac } } : {}) };
  },

  async plug(connection, { links }) {
    const { fds } = await links.direct.plugMacvtap({ ...macvtapPlanOf(connection.net, connection.port), name: nameOf(connection) });
    return { handover: { type: 'tap', fds } };
  },

  async activate(connection, { links }) {
    links.direct.setMacvtap(placeOf(connection), true);
  },

  /** A guest on its way out may have lost its macvtap already. */
  async deactivate(connection, { links, log }) {
    try {
      links.direct.setMacvtap(placeOf(connection), false);
    } catch (error) {
      log.warn(error instanceof Error ? error.message : String(error));
    }
  },

  async unplug(connection, { links }) {
    const { target, made } = connection;
    if (target === undefined) return;
    await links.direct.unplugMacvtap(placeOf(connection), typeof made?.['parentMac'] === 'string' ? made['parentMac'] : undefined);
  },

  /** Of what the guest's card lets through; a step that the kernel refuses is said, and no other suffers for it. */
  async follow(connection, filter, { links, log }) {
    const name = nameOf(connection);
    const steps = filterSteps(links.direct.filterOf(name), filter);
    for (const words of links.direct.changeFilter(name, steps)) log.warn(`domain '${connection.owner.name}': ${words}`);
    return filter.mac === guestMacOf(connection) ? undefined : { ...connection.made, guestMac: filter.mac };
  },

  async reconcile(connection, { links }, { active }) {
    return links.direct.mendMacvtap(placeOf(connection), active);
  },
};

const nameOf = ({ target = '' }: Connection): string => target;

function placeOf(connection: Connection) {
  const { parent, mode } = macvtapPlanOf(connection.net, connection.port);
  return { name: nameOf(connection), parent, mode, mac: guestMacOf(connection) };
}

/** A profile that a switch is told by 802.1Qbg or 802.1Qbh: nothing on this host speaks either. */
export function refuseSwitchProfile({ net, port }: Pick<Connection, 'net'> & { readonly port?: Port | undefined }): void {
  const type = port ? port.actual.virtualPort?.type : 'virtualport' in net ? net.virtualport?.type : undefined;
  if (type === undefined) return;
  const how = type === '802.1Qbg' ? 'lldpad is not spoken to by this version' : 'no driver that can is known to this version';
  throw unsupported(net, `<virtualport type='${type}'> cannot be associated with a switch: ${how}`);
}
