/**
 * Starting a domain, in libvirt's order: ports, networks, taps, QEMU, monitor, link states, forwarding entries, cont. Each step that
 * leaves something behind says how it is taken back; a failure anywhere takes back everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
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
import { recordOf, type Connection, type Handover } from './interfaces/connection.js';
import type { Granted } from './interfaces/foresight.js';
import type { Interfaces, PluggedConnection } from './interfaces/interfaces.js';
import { followAtStart } from './interfaces/rx-filters.js';
import { unexpectedEnd } from './qemu/launch.js';
import { limitDisks } from './operations/limit-disks.js';
import { pinThreads } from './operations/pin-threads.js';
import { FIRST_DESCRIPTOR, type LaunchRequest, type RunningQemu } from './qemu/qemu.js';
import { confirmed, plugAhead, StartInterfaces, type PluggedAhead } from './start-interfaces.js';
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

interface Connected {
  readonly definition: DomainDef;
  readonly plugged: readonly PluggedConnection[];
  readonly entry: DomainEntry;
  /** Settles when the disk has the entry. */
  readonly recording: Promise<void>;
}

class Start {
  private readonly undo: Undo;
  private interfaces: StartInterfaces;
  private qemu: RunningQemu | undefined;
  private granting: Promise<unknown> = Promise.resolve();

  constructor(
    readonly order: StartPlacedDomain,
    private readonly commandId: string,
    readonly world: DomainWorld,
  ) {
    this.undo = new Undo(world.log);
    this.interfaces = new StartInterfaces(order, world);
  }

  /** netd and the disk are waited for while the definition and the taps are worked on: the way to QEMU is a few milliseconds long. */
  async run(): Promise<StartedDomain> {
    const { order, world } = this;
    const given = parseDomain(order.xml);
    this.refuseKvm(given);
    const granting = withSpan('port.allocate', {}, () => this.allocate(given.devices.interface.filter(isOnNetwork)));
    this.granting = granting.catch(() => undefined);
    // netd may live in this thread: it is to have read the question before the thread is busy with what fills the wait for the answer.
    await sleep(1);
    const capabilities = await world.capabilitiesOf(given.devices.emulator);
    const disks = diskPlaces(given, world.storage);
    disks.catch(() => undefined);
    const filled = assignDefaults(given, capabilities);
    const { directory, logFile } = world.pathsOf(order.uuid);
    const argvOf = async (of: Pick<Connected, 'definition' | 'plugged'>): Promise<string[]> =>
      buildArgv(of.definition, {
        capabilities,
        accel: of.definition.type === 'kvm' ? 'kvm' : 'tcg',
        paths: { directory },
        interfaces: interfacePlans(of.plugged),
        pty: 'socket',
        lookup: await disks,
      });
    const ahead = await this.plugAhead(this.prepared(filled, []));
    const expected = ahead && (await argvOf(ahead));
    const granted = await granting;
    passing('start.allocated');
    const connected = (await this.confirm(ahead, granted)) ?? (await this.connect(this.prepared(filled, granted.ports), granted));
    const { definition, plugged, entry, recording } = connected;
    const argv = definition === ahead?.definition && expected ? expected : await argvOf(connected);
    passing('start.journalled');
    const qemu = await this.launch({ binary: capabilities.binary, argv, directory, logFile }, plugged);
    passing('start.launched');
    await recording;
    const connections = plugged.map(({ connection }) => connection);
    await withSpan('qemu.cont', {}, () =>
      letRun(qemu, { definition, entry, connections, interfaces: world.interfaces }).catch((error: unknown) => inWords(error, qemu)),
    );
    passing('start.running');
    return { qemu, entry: { ...entry, process: { pid: qemu.pid, startTime: qemu.startTime } } };
  }

  async takeBack(): Promise<void> {
    await this.granting;
    await this.qemu?.destroy({ termMs: 0 }).catch((error: unknown) => this.world.log.error('after a failed start: cannot end QEMU', error));
    await this.interfaces.takeBack();
    await this.undo.run();
  }

  private async plugAhead(definition: DomainDef): Promise<PluggedAhead | undefined> {
    const wishes = definition.devices.interface.filter(isOnNetwork).map(portRequestOf);
    const ahead = await plugAhead(definition, this.world.foresight.of(wishes), this);
    if (ahead) this.interfaces = ahead.interfaces;
    return ahead;
  }

  /** Keeps what was made ahead, or takes it back. */
  private async confirm(ahead: PluggedAhead | undefined, granted: Granted): Promise<Connected | undefined> {
    const plugged = ahead && confirmed(ahead, granted, this.world);
    if (!plugged) {
      await ahead?.interfaces.takeBack();
      return undefined;
    }
    passing('start.reserved');
    const { definition } = ahead;
    const connections = plugged.map(({ connection }) => connection);
    const entry = this.entryOf(definition, connections);
    return { definition, plugged, entry, recording: this.record(entry) };
  }

  /** The host's ends of the interfaces, and the journal that tells of them. */
  private async connect(definition: DomainDef, granted: Granted): Promise<Connected> {
    const { order, world } = this;
    await withSpan('network.ensure', {}, () => Promise.all(granted.networks.map((network) => world.networks.ensure(network))));
    this.interfaces = new StartInterfaces(order, world);
    const reserved = await this.interfaces.reserve(definition, granted.ports);
    passing('start.reserved');
    const first = this.entryOf(definition, reserved);
    const recording = this.record(first);
    const plugged = await this.interfaces.plug(reserved, recording);
    const connections = plugged.map(({ connection }) => connection);
    if (isDeepStrictEqual(connections.map(recordOf), reserved.map(recordOf))) return { definition, plugged, entry: first, recording };
    const entry = this.entryOf(definition, connections);
    await recording;
    await this.rewrite(entry);
    return { definition, plugged, entry, recording };
  }

  private prepared(filled: DomainDef, ports: readonly Port[]): DomainDef {
    const lent = (net: NetDef): boolean => ports.some(({ mac, actual }) => actual.type === 'hostdev' && mac === net.mac?.address);
    return withScreenSockets(prepareDomain(filled, { isHostdev: lent }), this.world.pathsOf(this.order.uuid).directory);
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
    const extraDescriptors = this.interfaces.handOver(plugged);
    this.qemu = await withSpan('qemu.launch', {}, () => this.world.qemus.launch({ ...of, name, uuid, extraDescriptors }));
    return this.qemu;
  }

  private async allocate(nets: readonly (NetDef & { readonly type: 'network' })[]): ReturnType<DomainWorld['ports']['allocate']> {
    if (nets.length === 0) return { ports: [], networks: [] };
    const { uuid: domain, name: domainName, epoch } = this.order;
    const wishes = nets.map(portRequestOf);
    const granted = await this.world.ports.allocate({ domain, domainName, epoch, ports: wishes });
    this.world.foresight.learn(wishes, granted);
    const ports = granted.ports.map(({ networkUuid, mac }) => ({ networkUuid, mac }));
    this.undo.push(`release the ports of domain '${domainName}'`, () => this.world.ports.release({ domain, epoch, ports }));
    return granted;
  }

  private entryOf(definition: DomainDef, connections: readonly Connection[]): DomainEntry {
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
      consoles: consolesOf(definition, this.world.pathsOf(uuid).directory),
      ...(process.geteuid?.() === 0 ? { taints: ['high-privileges'] } : {}),
    };
  }

  /**
   * Readable before QEMU exists: an agent that dies from here on finds the guest again. On the disk before the guest runs: until then a
   * power cut takes all that there is of it along, QEMU and its taps, so the disk works while QEMU starts.
   */
  private record(entry: DomainEntry): Promise<void> {
    const { uuid, name } = entry;
    const recording = withSpan('journal.write', {}, () => this.world.journal.begin(uuid, entry));
    this.undo.push(`forget domain '${name}'`, async () => {
      await recording.catch(() => undefined);
      await this.world.journal.remove(uuid);
      await this.world.removeDirectory(this.world.pathsOf(uuid).directory);
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

/** The last steps of a start: where threads run, what disks carry, links that are to be down, the guest's way to the network, and the processors unless they are to stay stopped. */
export async function letRun({ monitor, pid }: RunningQemu, { definition, entry, connections, interfaces }: Runnable): Promise<void> {
  await pinThreads({ monitor, pid }, definition);
  await limitDisks(monitor, definition.devices.disk);
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
