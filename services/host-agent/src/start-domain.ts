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
import { FIRST_DESCRIPTOR, type RunningQemu } from './qemu/qemu.js';
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
  const undo = new Undo(world.log);
  try {
    return await new Start(order, commandId, world, undo).run();
  } catch (error) {
    await undo.run();
    throw error;
  }
}

class Start {
  private launched = false;

  constructor(
    private readonly order: StartPlacedDomain,
    private readonly commandId: string,
    private readonly world: DomainWorld,
    private readonly undo: Undo,
  ) {}

  async run(): Promise<StartedDomain> {
    const { order, world } = this;
    const given = parseDomain(order.xml);
    const capabilities = await world.capabilitiesOf(given.devices.emulator);
    const definition = prepareDomain(assignDefaults(given, capabilities));
    if (definition.type === 'kvm' && !world.kvm) {
      throw new Refusal('config_unsupported', `unsupported configuration: host '${world.hostId}' cannot run KVM guests`, {
        path: '/domain/@type',
      });
    }
    const plugged = await this.plug(definition);
    const { directory, logFile } = world.pathsOf(order.uuid);
    const argv = buildArgv(definition, {
      capabilities,
      accel: definition.type === 'kvm' ? 'kvm' : 'tcg',
      paths: { directory },
      interfaces: interfacePlans(plugged),
      pty: 'socket',
    });
    const entry = await this.record(definition, plugged, directory);
    this.launched = true;
    const qemu = await withSpan('qemu.launch', {}, () =>
      world.qemus.launch({
        binary: capabilities.binary,
        argv,
        name: order.name,
        uuid: order.uuid,
        directory,
        extraDescriptors: plugged.flatMap(({ tap }) => tap?.fds ?? []),
        logFile,
      }),
    );
    this.undo.push('end QEMU', () => qemu.destroy({ termMs: 0 }));
    await withSpan('qemu.cont', {}, () =>
      letRun(qemu, { definition, entry, links: world.links }).catch((error: unknown) => inWords(error, qemu)),
    );
    return { qemu, entry: { ...entry, process: { pid: qemu.pid, startTime: qemu.startTime } } };
  }

  private async plug(definition: DomainDef): Promise<Plugged[]> {
    const { order, world } = this;
    const nets = definition.devices.interface;
    const onNetworks = nets.filter(isOnNetwork);
    const granted = await withSpan('port.allocate', {}, () => this.allocate(onNetworks));
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

  /** On disk before QEMU exists: an agent that dies from here on finds the guest again. */
  private async record(definition: DomainDef, plugged: readonly Plugged[], directory: string): Promise<DomainEntry> {
    const { uuid, name, epoch, id, persistent } = this.order;
    const live: DomainDef = {
      ...definition,
      id,
      devices: { ...definition.devices, interface: plugged.map(({ net, port, tap }) => liveNetDef(net, port, tap?.name)) },
    };
    const entry: DomainEntry = {
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
      startPaused: this.order.paused ?? false,
      interfaces: plugged.map(({ net, port, tap }) => pluggedOf(net, port, tap?.name)),
      consoles: consolesOf(definition, directory),
    };
    await withSpan('journal.write', {}, () => this.world.journal.write(uuid, entry));
    this.undo.push(`forget domain '${name}'`, async () => {
      await this.world.journal.remove(uuid);
      await this.world.removeDirectory(directory);
    });
    return entry;
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
