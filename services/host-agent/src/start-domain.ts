/**
 * Starting a domain, in libvirt's order: ports, networks, taps, QEMU, monitor, link states, forwarding entries, cont. Each step that
 * leaves something behind says how it is taken back; a failure anywhere takes back everything.
 */
import { isDeepStrictEqual } from 'node:util';
import { Refusal, type Port, type StartPlacedDomain } from '@virtbus/contracts';
import { assignDefaults, formatDomain, parseDomain, type DomainDef, type NetDef } from '@virtbus/libvirt-xml';
import { buildArgv, prepareDomain, type InterfacePlan } from '@virtbus/qemu-argv';
import { MonitorClosed } from '@virtbus/qmp';
import { withSpan } from '@virtbus/telemetry';
import { withScreenSockets } from './core/screens.js';
import { consolesOf } from './core/consoles.js';
import type { DomainEntry } from './core/domain-entry.js';
import { isOnNetwork, liveNetDef, portRequestOf } from './core/plan-interfaces.js';
import type { DomainWorld } from './domain-world.js';
import { passing } from './failpoints.js';
import { descriptorsOf, recordOf, type Connection, type Handover } from './interfaces/connection.js';
import type { Interfaces, PluggedConnection } from './interfaces/interfaces.js';
import { followAtStart } from './interfaces/rx-filters.js';
import { unexpectedEnd } from './qemu/launch.js';
import { FIRST_DESCRIPTOR, type LaunchRequest, type RunningQemu } from './qemu/qemu.js';
import { diskPlaces } from './storage/disk-places.js';
import { Undo } from './undo.js';

export interface StartedDomain {
  readonly entry: DomainEntry;
  readonly qemu: RunningQemu;
}

/** @throws Refusal, LinkError, LaunchFailed, LibvirtError, QmpError … (see refusal-of.ts), leaving nothing behind */
export async function startDomain(order: StartPlacedDomain, commandId: string, world: DomainWorld): Promise<StartedDomain> {
  const start = new Start(order, commandId, world);
  try {
    return await start.run();
  } catch (error) {
    await start.takeBack();
    throw error;
  }
}

class Start {
  private readonly undo: Undo;
  private launched = false;
  private granting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly order: StartPlacedDomain,
    private readonly commandId: string,
    private readonly world: DomainWorld,
  ) {
    this.undo = new Undo(world.log);
  }

  /** netd and the disk are waited for while the definition is worked on: the way to QEMU is a few milliseconds long. */
  async run(): Promise<StartedDomain> {
    const { order, world } = this;
    const given = parseDomain(order.xml);
    this.refuseKvm(given);
    const granting = withSpan('port.allocate', {}, () => this.allocate(given.devices.interface.filter(isOnNetwork)));
    this.granting = granting.catch(() => undefined);
    const capabilities = await world.capabilitiesOf(given.devices.emulator);
    const disks = diskPlaces(given, world.storage);
    disks.catch(() => undefined);
    const filled = assignDefaults(given, capabilities);
    const granted = await granting;
    passing('start.allocated');
    const lent = (net: NetDef): boolean => granted.ports.some(({ mac, actual }) => actual.type === 'hostdev' && mac === net.mac?.address);
    const definition = withScreenSockets(prepareDomain(filled, { isHostdev: lent }), world.pathsOf(order.uuid).directory);
    await withSpan('network.ensure', {}, () => Promise.all(granted.networks.map((network) => world.networks.ensure(network))));
    const reserved = await this.reserve(definition, granted.ports);
    passing('start.reserved');
    const { directory, logFile } = world.pathsOf(order.uuid);
    const first = this.entryOf(definition, reserved, directory);
    const recording = this.record(first, directory);
    const plugged = await this.plug(reserved, recording);
    const changed = !isDeepStrictEqual(
      plugged.map(({ connection }) => recordOf(connection)),
      reserved.map(recordOf),
    );
    const connections = plugged.map(({ connection }) => connection);
    const entry = changed ? this.entryOf(definition, connections, directory) : first;
    const lookup = await disks;
    const argv = buildArgv(definition, {
      capabilities,
      accel: definition.type === 'kvm' ? 'kvm' : 'tcg',
      paths: { directory },
      interfaces: interfacePlans(plugged),
      pty: 'socket',
      lookup,
    });
    if (changed) await recording.then(() => this.rewrite(entry));
    passing('start.journalled');
    const qemu = await this.launch({ binary: capabilities.binary, argv, directory, logFile }, plugged);
    passing('start.launched');
    await recording;
    await withSpan('qemu.cont', {}, () =>
      letRun(qemu, { definition, entry, connections, interfaces: world.interfaces }).catch((error: unknown) => inWords(error, qemu)),
    );
    passing('start.running');
    return { qemu, entry: { ...entry, process: { pid: qemu.pid, startTime: qemu.startTime } } };
  }

  async takeBack(): Promise<void> {
    await this.granting;
    await this.undo.run();
  }

  private refuseKvm({ type }: DomainDef): void {
    if (type !== 'kvm' || this.world.kvm) return;
    const words = `unsupported configuration: host '${this.world.hostId}' cannot run KVM guests`;
    throw new Refusal('config_unsupported', words, { path: '/domain/@type' });
  }

  private async launch(
    of: Pick<LaunchRequest, 'binary' | 'argv' | 'directory' | 'logFile'>,
    plugged: readonly PluggedConnection[],
  ): Promise<RunningQemu> {
    const { name, uuid } = this.order;
    const extraDescriptors = plugged.flatMap(({ handover }) => descriptorsOf(handover));
    this.launched = true;
    const qemu = await withSpan('qemu.launch', {}, () => this.world.qemus.launch({ ...of, name, uuid, extraDescriptors }));
    this.undo.push('end QEMU', () => qemu.destroy({ termMs: 0 }));
    return qemu;
  }

  private async reserve(definition: DomainDef, ports: readonly Port[]): Promise<Connection[]> {
    const { order, world } = this;
    const owner = { uuid: order.uuid, name: order.name, type: definition.type, directory: world.pathsOf(order.uuid).directory };
    const onNetworks = definition.devices.interface.filter(isOnNetwork);
    const reserved: Connection[] = [];
    for (const net of definition.devices.interface) {
      const port = isOnNetwork(net) ? ports[onNetworks.indexOf(net)] : undefined;
      const connection = await world.interfaces.reserve(owner, net, port);
      this.undo.push(`give up the name ${connection.target ?? ''}`, async () => world.interfaces.giveUp(connection));
      reserved.push(connection);
    }
    return reserved;
  }

  /** What goes with this process is made while the journal is being written; the rest afterwards. */
  private async plug(reserved: readonly Connection[], recording: Promise<void>): Promise<PluggedConnection[]> {
    const { interfaces } = this.world;
    const plugged: PluggedConnection[] = [];
    await withSpan('tap.plug', { count: reserved.length }, async () => {
      for (const connection of reserved) {
        if (!interfaces.isVolatile(connection)) await recording;
        const done = await interfaces.plug(connection);
        this.undo.push(`unplug ${done.connection.alias} of domain '${this.order.name}'`, () => this.unplug(done));
        plugged.push(done);
      }
    });
    return plugged;
  }

  /** From the launch on the descriptors are no longer ours to close. */
  private async unplug(plugged: PluggedConnection): Promise<void> {
    if (!this.launched) await this.world.interfaces.close(plugged);
    await this.world.interfaces.unplug(plugged.connection);
  }

  private async allocate(nets: readonly (NetDef & { readonly type: 'network' })[]): ReturnType<DomainWorld['ports']['allocate']> {
    if (nets.length === 0) return { ports: [], networks: [] };
    const { uuid: domain, name: domainName, epoch } = this.order;
    const granted = await this.world.ports.allocate({ domain, domainName, epoch, ports: nets.map(portRequestOf) });
    const ports = granted.ports.map(({ networkUuid, mac }) => ({ networkUuid, mac }));
    this.undo.push(`release the ports of domain '${domainName}'`, () => this.world.ports.release({ domain, epoch, ports }));
    return granted;
  }

  private entryOf(definition: DomainDef, connections: readonly Connection[], directory: string): DomainEntry {
    const { uuid, name, epoch, id, persistent, paused = false } = this.order;
    const live: DomainDef = {
      ...definition,
      id,
      devices: { ...definition.devices, interface: connections.map(({ net, port, target }) => liveNetDef(net, port, target)) },
    };
    return {
      format: 1,
      uuid,
      name,
      epoch,
      id,
      persistent,
      commandId: this.commandId,
      xml: formatDomain(live, { flavour: 'live' }),
      state: 'paused',
      reason: 'starting-up',
      since: this.world.now(),
      startPaused: paused,
      interfaces: connections.map(recordOf),
      consoles: consolesOf(definition, directory),
      ...(process.geteuid?.() === 0 ? { taints: ['high-privileges'] } : {}),
    };
  }

  /**
   * Readable before QEMU exists: an agent that dies from here on finds the guest again. On the disk before the guest runs: until then a
   * power cut takes all that there is of it along, QEMU and its taps, so the disk works while QEMU starts.
   */
  private record(entry: DomainEntry, directory: string): Promise<void> {
    const { uuid, name } = entry;
    const recording = withSpan('journal.write', {}, () => this.world.journal.begin(uuid, entry));
    this.undo.push(`forget domain '${name}'`, async () => {
      await recording.catch(() => undefined);
      await this.world.journal.remove(uuid);
      await this.world.removeDirectory(directory);
    });
    // Waited for in a moment; a failure before that is not nobody's.
    recording.catch(() => undefined);
    return recording;
  }

  /** A connection came out otherwise than reserved: the kernel completed a name. */
  private rewrite(entry: DomainEntry): Promise<void> {
    return withSpan('journal.write', {}, () => this.world.journal.write(entry.uuid, entry));
  }
}

interface Runnable {
  readonly definition: DomainDef;
  readonly entry: DomainEntry;
  readonly connections: readonly Connection[];
  readonly interfaces: Interfaces;
}

/** A monitor that closes before the guest has run: QEMU's own last words say why. */
async function inWords(error: unknown, qemu: RunningQemu): Promise<never> {
  throw error instanceof MonitorClosed ? unexpectedEnd(await qemu.ended) : error;
}

/** The last steps of a start: links that are to be down, the guest's way to the network, and the processors unless they are to stay stopped. */
export async function letRun({ monitor }: RunningQemu, { definition, entry, connections, interfaces }: Runnable): Promise<void> {
  const down = definition.devices.interface.filter((net) => net.link?.state === 'down');
  await Promise.all(down.map((net) => monitor.execute('set_link', { name: net.alias?.name ?? '', up: false })));
  await followAtStart(monitor, connections, interfaces);
  if (entry.startPaused) return;
  await interfaces.activate(connections);
  passing('start.activated');
  await monitor.execute('cont');
}

/** Descriptors are handed over in the order of `descriptorsOf`; launch gives them these numbers. */
function interfacePlans(plugged: readonly PluggedConnection[]): InterfacePlan[] {
  let next = FIRST_DESCRIPTOR;
  const number = () => next++;
  return plugged.flatMap(({ connection: { alias }, handover }) => planOf(alias, handover, number));
}

function planOf(alias: string, handover: Handover, number: () => number): InterfacePlan[] {
  switch (handover.type) {
    case 'none':
      return [];
    case 'tap': {
      const { fds, vhostFds } = handover;
      return [{ alias, type: 'tap', fds: fds.map(number), ...(vhostFds ? { vhostFds: vhostFds.map(number) } : {}) }];
    }
    case 'vdpa':
      return [{ alias, type: 'vdpa', fd: number() }];
    default:
      return [{ ...handover, alias }];
  }
}
