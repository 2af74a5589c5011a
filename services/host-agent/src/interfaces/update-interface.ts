import { isDeepStrictEqual } from 'node:util';
import type { Port } from '@virtbus/contracts';
import { findInterface, parseInterface, type NetDef } from '@virtbus/libvirt-xml';
import type { Guest } from '../devices/guest.js';
import { withDone } from '../devices/settled.js';
import { definedNet } from '../core/defined-net.js';
import { guestMacOf, isTrusted } from '../core/guest-mac.js';
import { portKeysOf } from '../core/interface-record.js';
import { isOnNetwork, liveNetDef, portRequestOf } from '../core/plan-interfaces.js';
import { refuseUpdate } from '../core/update-refusals.js';
import { Undo } from '../undo.js';
import { untilHeard } from '../until-heard.js';
import { connectionOf, recordOf, type Connection } from './connection.js';
import { connectionOnRecord, liveDefinition, withInterface } from './on-record.js';

/**
 * Changes an interface while its guest runs: link state, network or bridge, what is laid on the link. The tap, its name and the
 * guest's card stay. @throws LibvirtError 84, 29, 99 and 9; Refusal as netd refuses; LinkError; QmpError: everything is as it was
 */
export async function updateInterface(guest: Guest, xml: string, by: string): Promise<void> {
  const wanted = parseInterface(xml, { flavour: 'live' });
  const { interface: nets } = liveDefinition(guest.entry).devices;
  const live = nets[findInterface(nets, wanted)];
  const { world, entry } = guest;
  const before = connectionOnRecord(entry, live?.alias?.name ?? '', world.pathsOf(entry.uuid).directory);
  if (!before) throw new Error('an interface of the live definition is on record');
  refuseUpdate(definedNet(before.net, before.port), asWanted(before, wanted));
  const update = new Update(guest, before, by);
  try {
    await update.run(kept(before.net, asWanted(before, wanted)));
  } catch (error) {
    await update.undo.run();
    throw error;
  }
}

/** A live definition shows a network's bridge as what it is: handed back, it means the network still. */
function asWanted({ net, port }: Connection, wanted: NetDef): NetDef {
  return wanted.type === 'bridge' && net.type === 'bridge' && wanted.source.portid !== undefined ? definedNet(wanted, port) : wanted;
}

/** What is left out and means that it stays. */
function kept(before: NetDef, wanted: NetDef): NetDef {
  const { mac, alias, target, address, boot, rom } = before;
  return {
    ...(mac && { mac }),
    ...(address && { address }),
    ...(boot && { boot }),
    ...(rom && { rom }),
    ...wanted,
    ...(alias && { alias }),
    ...(target && { target }),
  };
}

class Update {
  readonly undo: Undo;

  constructor(
    private readonly guest: Guest,
    private readonly before: Connection,
    private readonly by: string,
  ) {
    this.undo = new Undo(guest.world.log, 'after a failed update');
  }

  async run(net: NetDef): Promise<void> {
    const { guest, before, by } = this;
    const { interfaces } = guest.world;
    const after: Connection = { ...connectionOf(before.owner, net, await this.port(net)), ...target(before) };
    interfaces.refuseChange(before, after);
    this.undo.push('change the interface back', () => interfaces.change(after, before, { active: this.isActive() }));
    await interfaces.change(before, after, { active: this.isActive() });
    await this.setLink(net);
    await this.keepGuestMac(after);
    await guest.record((entry) => withDone(withInterface(entry, liveNetDef(net, after.port, after.target), recordOf(after)), by));
    await guest.tell();
    await this.releaseOld(after);
  }

  private isActive(): boolean {
    return this.guest.entry.state === 'running';
  }

  /** On the network where it was, netd resolves its port anew; elsewhere it gets another one. */
  private async port(net: NetDef): Promise<Port | undefined> {
    if (!isOnNetwork(net)) return undefined;
    const { world, entry } = this.guest;
    const old = definedNet(this.before.net, this.before.port);
    if (isOnNetwork(old) && isDeepStrictEqual(portRequestOf(old), portRequestOf(net))) return this.before.port;
    const { uuid: domain, name: domainName, epoch } = entry;
    const ask = (wish: typeof net) => world.ports.allocate({ domain, domainName, epoch, ports: [{ ...portRequestOf(wish), anew: true }] });
    const granted = await ask(net);
    const keys = portKeysOf(granted.ports.map((port) => ({ port })));
    this.undo.push('have its port as it was', async () => {
      if (isDeepStrictEqual(keys, portKeysOf([this.before]))) await (isOnNetwork(old) ? ask(old) : undefined);
      else await world.ports.release({ domain, epoch, ports: keys });
    });
    await Promise.all(granted.networks.map((network) => world.networks.ensure(network)));
    return granted.ports[0];
  }

  /** Its new network does not know yet that the guest has given itself another address. */
  private async keepGuestMac(after: Connection): Promise<void> {
    const { port } = after;
    const guestMac = guestMacOf(after);
    if (!port || guestMac === after.mac || !isTrusted(after)) return;
    const { world, entry } = this.guest;
    const { networkUuid, mac } = port;
    await world.ports.follow({ domain: entry.uuid, epoch: entry.epoch, networkUuid, mac, guestMac });
  }

  private async setLink({ link }: NetDef): Promise<void> {
    const { alias, net } = this.before;
    const [was, is] = [net.link?.state ?? 'up', link?.state ?? 'up'];
    if (was === is) return;
    this.undo.push('set its link back', () => this.guest.monitor.execute('set_link', { name: alias, up: was === 'up' }));
    await this.guest.monitor.execute('set_link', { name: alias, up: is === 'up' });
  }

  private async releaseOld(after: Connection): Promise<void> {
    const old = portKeysOf([this.before]);
    if (old.length === 0 || isDeepStrictEqual(old, portKeysOf([after]))) return;
    const { world, entry } = this.guest;
    await untilHeard(world, () => world.ports.release({ domain: entry.uuid, epoch: entry.epoch, ports: old }));
  }
}

const target = ({ target: name, made }: Connection): Pick<Connection, 'target' | 'made'> => ({
  ...(name === undefined ? {} : { target: name }),
  ...(made === undefined ? {} : { made }),
});
