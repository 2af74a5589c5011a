import { defined } from '@virtbus/contracts';
import { effectivePrefix, type NetDef } from '@virtbus/libvirt-xml';
import { queuesOf, unsupported } from '../core/plan-interfaces.js';
import type { HostSide } from '../links/direct-links.js';
import type { Connector } from './connector.js';

/**
 * A tap that virtbus connects to nothing: an administrator, a script or the host's own addresses do. With `managed='no'` it is somebody
 * else's link, which is opened and otherwise left alone. Addresses and routes of the host's end come before the guest runs.
 */
export const ethernet: Connector = {
  volatile: true,

  async reserve({ net }, { links }) {
    for (const { path } of scriptsOf(net)) {
      if (!links.direct.allowsScript(path)) {
        throw unsupported(net, `the script ${path} is not one that this host runs: name it in VIRTBUS_INTERFACE_SCRIPTS of its host-agent`);
      }
    }
    if (isGiven(net)) return { target: givenName(net) };
    return { target: await links.holdName({ prefix: 'vnet', target: net.target?.dev }) };
  },

  async plug({ net, mac, target = '' }, { links }) {
    const of = { name: target, ...defined({ model: net.model?.type, queues: queuesOf(net) }) };
    if (isGiven(net)) return { handover: { type: 'tap', fds: links.direct.openGivenLink(of).fds } };
    const tap = await links.direct.plugLooseTap({ ...of, mac, ...defined({ mtu: net.mtu?.size }) });
    try {
      await runScript('script', { net, target: tap.name }, links.direct);
    } catch (error) {
      await links.closeTap(tap);
      throw error;
    }
    return { target: tap.name, handover: { type: 'tap', fds: tap.fds } };
  },

  async activate({ net, target = '' }, { links }) {
    const side = hostSideOf(net);
    if (side.addresses.length + side.routes.length > 0) links.direct.addHostSide(target, side);
  },

  async deactivate() {
    // Addresses stay with their link, as under libvirt.
  },

  async unplug({ net, mac, target }, { links, log }) {
    if (target === undefined || isGiven(net)) return;
    await runScript('downscript', { net, target }, links.direct).catch((error: unknown) => log.warn(String(error)));
    await links.unplug(target, mac);
  },

  async reconcile({ net, target }, { links }, { active }) {
    if (target === undefined) return [];
    if (!links.observeTap(target) && !isGiven(net)) return [`tap ${target} is gone`];
    const side = hostSideOf(net);
    if (active && side.addresses.length + side.routes.length > 0) links.direct.addHostSide(target, side);
    return [];
  },
};

const isGiven = (net: NetDef): boolean => net.target?.managed === false;

function givenName(net: NetDef): string {
  const name = net.target?.dev;
  if (name === undefined) throw unsupported(net, "a target with managed='no' needs the name of its device (target/@dev)");
  return name;
}

function scriptsOf({ script, downscript }: NetDef): { readonly path: string }[] {
  return [script?.path, downscript?.path].flatMap((path) => (path === undefined ? [] : [{ path }]));
}

async function runScript(
  which: 'script' | 'downscript',
  { net, target }: { readonly net: NetDef; readonly target: string },
  links: { runScript(path: string, name: string): Promise<void> },
): Promise<void> {
  const path = net[which]?.path;
  if (path !== undefined) await links.runScript(path, target);
}

function hostSideOf(net: NetDef): HostSide {
  const { ip = [], route = [] } = net.type === 'ethernet' ? (net.source ?? {}) : {};
  return {
    addresses: ip.map(({ family, address, prefix, peer }) => ({
      family: family === 'ipv6' ? 'ipv6' : 'ipv4',
      address,
      prefix: prefix ?? (family === 'ipv6' ? 64 : 24),
      ...defined({ peer }),
    })),
    routes: route.map((one) => ({
      family: one.family === 'ipv6' ? 'ipv6' : 'ipv4',
      address: one.address,
      prefix: effectivePrefix(one),
      gateway: one.gateway,
      ...defined({ metric: one.metric }),
    })),
  };
}
