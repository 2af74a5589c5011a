import { isDeepStrictEqual } from 'node:util';
import { guestMacOf } from '../core/guest-mac.js';
import { managesTable, tapPlanOf } from '../core/plan-interfaces.js';
import { LinkError } from '../links/link-error.js';
import type { Connection } from './connection.js';
import type { Connector } from './connector.js';

/** A tap on a bridge: of a network that virtbus made, of the host's own behind a network, or of the host's by name. */
export const bridge: Connector = {
  volatile: true,

  async reserve({ net, port }, { links }) {
    const { target } = tapPlanOf(net, port);
    return { target: await links.holdName({ prefix: 'vnet', target }) };
  },

  async plug({ net, port, target }, { links }) {
    const tap = await links.plugTap({ ...tapPlanOf(net, port), ...(target === undefined ? {} : { name: target }) });
    return { target: tap.name, handover: { type: 'tap', fds: tap.fds } };
  },

  async activate(connection, { links }) {
    const { port, target } = connection;
    if (managesTable(port) && target !== undefined) links.startForwarding(target, guestMacOf(connection));
  },

  /** A guest on its way out loses its tap at any moment: that is no fault. */
  async deactivate(connection, { links, log }) {
    const { port, target } = connection;
    const mac = guestMacOf(connection);
    if (!managesTable(port) || target === undefined) return;
    try {
      if (!links.stopForwarding(target, mac) && links.observeTap(target)) log.warn(`${target}: its forwarding entry for ${mac} was gone`);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (links.observeTap(target)) log.warn(error.message);
    }
  },

  async unplug({ target, mac }, { links }) {
    if (target !== undefined) await links.unplug(target, mac);
  },

  /** libvirt leaves flags, MTU and entries as they were; here the tap is on its new bridge as if it had been plugged there. */
  async change(from, to, { links }, { active }) {
    const { target } = to;
    const mac = guestMacOf(to);
    if (target === undefined || isDeepStrictEqual(placeOf(from), placeOf(to))) return;
    links.moveTap(target, placeOf(to));
    if (active && managesTable(to.port)) links.startForwarding(target, mac);
  },

  /** Beyond libvirt, which leaves the entry of the defined address: a guest that is trusted gets frames for the one that it has. */
  async follow(connection, filter, { links }, { active }) {
    const { port, target } = connection;
    const before = guestMacOf(connection);
    if (target === undefined || filter.mac === before) return undefined;
    if (active && managesTable(port)) {
      links.stopForwarding(target, before);
      links.startForwarding(target, filter.mac);
    }
    return { ...connection.made, guestMac: filter.mac };
  },

  async reconcile(connection, { links }, { active }) {
    const { target } = connection;
    const mac = guestMacOf(connection);
    if (target === undefined) return [];
    return links.mendTap(target, { ...placeOf(connection), mac, forwarded: active && managesTable(connection.port) });
  },
};

function placeOf({ net, port }: Connection) {
  const { bridge: name, macTableManager, mtu, isolated } = tapPlanOf(net, port);
  return {
    bridge: name,
    ...(macTableManager === undefined ? {} : { macTableManager }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(isolated === undefined ? {} : { isolated }),
  };
}
