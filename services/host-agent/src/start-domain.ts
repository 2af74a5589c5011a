/**
 * Starting a domain, in libvirt's order: ports, networks, taps, QEMU, monitor, link states, forwarding entries, cont. Each step that
 * leaves something behind says how it is taken back; a failure anywhere takes back everything.
 */
import { Refusal, type Port, type StartPlacedDomain } from '@virtbus/contracts';
import { assignDefaults, formatDomain, parseDomain, type DomainDef, type NetDef } from '@virtbus/libvirt-xml';
import { buildArgv, prepareDomain, type InterfacePlan } from '@virtbus/qemu-argv';
import { MonitorClosed } from '@virtbus/qmp';
import { withSpan } from '@virtbus/telemetry';
import { consolesOf } from './core/consoles.js';
import { managedTaps, type DomainEntry } from './core/domain-entry.js';
import { isOnNetwork, liveNetDef, plugOf, pluggedOf, portRequestOf } from './core/plan-interfaces.js';
import type { DomainWorld } from './domain-world.js';
import type { Links, PluggedTap } from './links/links.js';
import { unexpectedEnd } from './qemu/launch.js';
import { FIRST_DESCRIPTOR, type LaunchRequest, type RunningQemu } from './qemu/qemu.js';
import { Undo } from './undo.js';

/** One interface on its way into QEMU. */
interface Plugged {
  readonly net: NetDef;
  readonly port: Port | undefined;
  readonly tap: PluggedTap | undefined;
}

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
    const definition = prepareDomain(assignDefaults(given, capabilities));
    const plugged = await this.plug(definition, await granting);
    const { directory, logFile } = world.pathsOf(order.uuid);
    const entry = this.entryOf(definition, plugged, directory);
    const recording = this.record(entry, directory);
    const argv = buildArgv(definition, {
      capabilities,
      accel: definition.type === 'kvm' ? 'kvm' : 'tcg',
      paths: { directory },
      interfaces: interfacePlans(plugged),
      pty: 'socket',
    });
    await recording;
    const qemu = await this.launch({ binary: capabilities.binary, argv, directory, logFile }, plugged);
    await withSpan('qemu.cont', {}, () =>
      letRun(qemu, { definition, entry, links: world.links }).catch((error: unknown) => inWords(error, qemu)),
    );
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
    plugged: readonly Plugged[],
  ): Promise<RunningQemu> {
    const { name, uuid } = this.order;
    const extraDescriptors = plugged.flatMap(({ tap }) => tap?.fds ?? []);
    this.launched = true;
    const qemu = await withSpan('qemu.launch', {}, () => this.world.qemus.launch({ ...of, name, uuid, extraDescriptors }));
    this.undo.push('end QEMU', () => qemu.destroy({ termMs: 0 }));
    return qemu;
  }

  private async plug(definition: DomainDef, granted: Awaited<ReturnType<DomainWorld['ports']['allocate']>>): Promise<Plugged[]> {
    const { order, world } = this;
    const nets = definition.devices.interface;
    const onNetworks = nets.filter(isOnNetwork);
    await withSpan('network.ensure', {}, () => Promise.all(granted.networks.map((network) => world.networks.ensure(network))));
    const plugged: Plugged[] = [];
    await withSpan('tap.plug', { count: nets.length }, async () => {
      for (const net of nets) {
        const port = isOnNetwork(net) ? granted.ports[onNetworks.indexOf(net)] : undefined;
        const plug = plugOf(net, port);
        const tap = plug.type === 'tap' ? await world.links.plugTap(plug.tap) : undefined;
        if (tap) this.undo.push(`remove tap ${tap.name} of domain '${order.name}'`, () => this.unplug(tap));
        plugged.push({ net, port, tap });
      }
    });
    return plugged;
  }

  /** From the launch on the descriptors are no longer ours to close. */
  private async unplug(tap: PluggedTap): Promise<void> {
    if (!this.launched) await this.world.links.closeTap(tap);
    await this.world.links.unplug(tap.name);
  }

  private async allocate(nets: readonly (NetDef & { readonly type: 'network' })[]): ReturnType<DomainWorld['ports']['allocate']> {
    if (nets.length === 0) return { ports: [], networks: [] };
    const { uuid: domain, name: domainName, epoch } = this.order;
    const granted = await this.world.ports.allocate({ domain, domainName, epoch, ports: nets.map(portRequestOf) });
    const ports = granted.ports.map(({ networkUuid, mac }) => ({ networkUuid, mac }));
    this.undo.push(`release the ports of domain '${domainName}'`, () => this.world.ports.release({ domain, epoch, ports }));
    return granted;
  }

  private entryOf(definition: DomainDef, plugged: readonly Plugged[], directory: string): DomainEntry {
    const { uuid, name, epoch, id, persistent, paused = false } = this.order;
    const live: DomainDef = {
      ...definition,
      id,
      devices: { ...definition.devices, interface: plugged.map(({ net, port, tap }) => liveNetDef(net, port, tap?.name)) },
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
      interfaces: plugged.map(({ net, port, tap }) => pluggedOf(net, port, tap?.name)),
      consoles: consolesOf(definition, directory),
    };
  }

  /** On disk before QEMU exists: an agent that dies from here on finds the guest again. */
  private record(entry: DomainEntry, directory: string): Promise<void> {
    const { uuid, name } = entry;
    this.undo.push(`forget domain '${name}'`, async () => {
      await this.world.journal.remove(uuid);
      await this.world.removeDirectory(directory);
    });
    const recording = withSpan('journal.write', {}, () => this.world.journal.write(uuid, entry));
    // Waited for in a moment; a failure before that is not nobody's.
    recording.catch(() => undefined);
    return recording;
  }
}

interface Runnable {
  readonly definition: DomainDef;
  readonly entry: DomainEntry;
  readonly links: Pick<Links, 'startForwarding'>;
}

/** A monitor that closes before the guest has run: QEMU's own last words say why. */
async function inWords(error: unknown, qemu: RunningQemu): Promise<never> {
  throw error instanceof MonitorClosed ? unexpectedEnd(await qemu.ended) : error;
}

/** The last steps of a start: links that are to be down, forwarding entries, and the processors unless they are to stay stopped. */
export async function letRun({ monitor }: RunningQemu, { definition, entry, links }: Runnable): Promise<void> {
  const down = definition.devices.interface.filter((net) => net.link?.state === 'down');
  await Promise.all(down.map((net) => monitor.execute('set_link', { name: net.alias?.name ?? '', up: false })));
  if (entry.startPaused) return;
  for (const { tap, mac } of managedTaps(entry.interfaces)) links.startForwarding(tap, mac);
  await monitor.execute('cont');
}

/** Descriptors are handed over in this order; launch gives them these numbers. */
function interfacePlans(plugged: readonly Plugged[]): InterfacePlan[] {
  let next = FIRST_DESCRIPTOR;
  return plugged.map(({ net, tap }) => {
    const alias = net.alias?.name ?? '';
    return tap ? { alias, type: 'tap', fds: tap.fds.map(() => next++) } : { alias, type: 'user' };
  });
}
