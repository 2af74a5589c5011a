import { parseInterface, type DomainDef, type NetDef } from '@virtbus/libvirt-xml';
import { hotplugInterface, type QemuCapabilities } from '@virtbus/qemu-argv';
import type { Guest } from '../devices/guest.js';
import { withDone } from '../devices/settled.js';
import { macInUse, placeInterface, type PlacedInterface } from '../core/place-interface.js';
import { isOnNetwork, liveNetDef, macOf, portRequestOf } from '../core/plan-interfaces.js';
import { passing } from '../failpoints.js';
import { Undo } from '../undo.js';
import { recordOf, type Connection } from './connection.js';
import { LET_GO_MS, requestRemoval } from '../devices/let-go.js';
import type { PluggedConnection } from './interfaces.js';
import { liveDefinition, ownerOf, withInterface, withoutInterface } from './on-record.js';
import { addCard, removeNetdev, sendingOf } from './qemu-side.js';

type Port = Awaited<ReturnType<Guest['world']['ports']['allocate']>>['ports'][number];

/** @throws Refusal, LibvirtError, LinkError, QmpError: everything is taken back */
export async function attachInterface(guest: Guest, xml: string, by: string): Promise<void> {
  const live = liveDefinition(guest.entry);
  const capabilities = await guest.world.capabilitiesOf(live.devices.emulator);
  const placed = placeInterface(live, parseInterface(xml), capabilities);
  refuseTwin(guest, placed.net);
  const attach = new Attach(guest, live, capabilities, by);
  try {
    await attach.run(placed);
  } catch (error) {
    await attach.undo.run();
    throw error;
  }
}

/** A live definition does not say which network has lent a device of the host: the record does. @throws Refusal mac_in_use */
function refuseTwin({ entry }: Guest, net: NetDef): void {
  if (!isOnNetwork(net)) return;
  const { network } = net.source;
  const mac = macOf(net);
  if (entry.interfaces.some(({ port }) => port?.network === network && port.mac === mac)) throw macInUse(mac, network);
}

/** In libvirt's order: port, network, link, descriptors, netdev, card, link state, the guest's way to the network. */
class Attach {
  readonly undo: Undo;

  constructor(
    private readonly guest: Guest,
    private readonly live: DomainDef,
    private readonly capabilities: QemuCapabilities,
    private readonly by: string,
  ) {
    this.undo = new Undo(guest.world.log, 'after a failed attach');
  }

  async run(placed: PlacedInterface): Promise<void> {
    const { guest, by } = this;
    const { interfaces } = guest.world;
    const port = await this.allocate(placed.net);
    const { definition, net } = this.known(placed, port);
    const reserved = await this.reserve(net, port);
    await guest.announce((entry) =>
      withInterface(entry, liveNetDef(net, reserved.port, reserved.target), { ...recordOf(reserved), stage: 'plugging', by }),
    );
    this.undo.push(`forget interface ${reserved.alias}`, () => guest.record((entry) => withoutInterface(entry, reserved.alias)));
    passing('attach.journalled');
    const plugged = await interfaces.plug(reserved);
    const { connection } = plugged;
    this.undo.push(`unplug ${connection.alias}`, () => interfaces.unplug(connection));
    await this.give(plugged, definition);
    if (guest.entry.state === 'running') await interfaces.activate([connection]);
    passing('attach.activated');
    await guest.record((entry) =>
      withDone(withInterface(entry, liveNetDef(net, connection.port, connection.target), recordOf(connection)), by),
    );
    passing('attach.recorded');
    await guest.tell({ what: 'deviceadded', alias: connection.alias });
  }

  private async allocate(net: NetDef): Promise<Port | undefined> {
    if (!isOnNetwork(net)) return undefined;
    const { world, entry } = this.guest;
    const { uuid: domain, name: domainName, epoch } = entry;
    const { ports, networks } = await world.ports.allocate({ domain, domainName, epoch, ports: [portRequestOf(net)] });
    const keys = ports.map(({ networkUuid, mac }) => ({ networkUuid, mac }));
    this.undo.push('release its port', () => world.ports.release({ domain, epoch, ports: keys }));
    passing('attach.allocated');
    await Promise.all(networks.map((network) => world.networks.ensure(network)));
    return ports[0];
  }

  /** Only its network knows whether it is a device of the host, which has another alias. */
  private known(placed: PlacedInterface, port: Port | undefined): PlacedInterface {
    if (port?.actual.type !== 'hostdev') return placed;
    const { alias: _, ...net } = placed.net;
    return placeInterface(this.live, net, this.capabilities, { isHostdev: true });
  }

  private async reserve(net: NetDef, port: Port | undefined): Promise<Connection> {
    const { world, entry } = this.guest;
    const owner = ownerOf(entry, this.live.type, world.pathsOf(entry.uuid).directory);
    const reserved = await world.interfaces.reserve(owner, net, port);
    this.undo.push('give up its name', async () => world.interfaces.giveUp(reserved));
    passing('attach.reserved');
    return reserved;
  }

  /** QEMU takes copies of the descriptors; ours go, whatever it says. */
  private async give(plugged: PluggedConnection, definition: DomainDef): Promise<void> {
    const { guest, capabilities } = this;
    const { connection, handover } = plugged;
    const { world, monitor, entry } = guest;
    const { alias } = connection;
    try {
      const sending = sendingOf(connection, handover);
      const { directory } = world.pathsOf(entry.uuid);
      const host = {
        capabilities,
        accel: definition.type === 'kvm' ? 'kvm' : 'tcg',
        paths: { directory },
        interfaces: sending.plan ? [sending.plan] : [],
      } as const;
      await addCard(monitor, hotplugInterface(definition, host, alias), sending);
    } finally {
      await world.interfaces.close(plugged);
    }
    this.undo.push(`take card ${alias} out again`, () => this.takeOut(alias));
    if (connection.net.link?.state === 'down') await monitor.execute('set_link', { name: alias, up: false });
  }

  /** The guest may have seen the card already, and be slow to let go of it. */
  private async takeOut(alias: string): Promise<void> {
    const { monitor, removals } = this.guest;
    await removals.after(alias, () => requestRemoval(this.guest, alias), LET_GO_MS);
    await removeNetdev(monitor, alias, 0);
  }
}
