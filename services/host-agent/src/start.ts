import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, hostname, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { defined, emulatorFacts, type EmulatorFacts, type HostFacts } from '@virtbus/contracts';
import { createService, type RunningService, type ServiceOptions } from '@virtbus/messaging';
import { agentIdentity, HOME, hostIdentity, lockHome } from './adapters/identity.js';
import { DEFAULT_EMULATOR, Emulators } from './emulators.js';
import { DomainRunner } from './domain.runner.js';
import { Heartbeat, memoryForGuestsMiB } from './heartbeat.js';
import { HostAgentModule, LINKS, log, type Host } from './host-agent.module.js';
import { HostRecord, type Overtaken } from './host-record.js';
import type { Links } from './links/links.js';
import { NetworkRunner } from './network.runner.js';
import { FilterBindings } from './nwfilter/filter-bindings.js';
import { Parting } from './parting.js';
import { tellAgain } from './tell-again.js';
import { Storage } from './storage/storage.js';
import { CachedCapabilities } from './qemu/capabilities/cached.js';
import { CachedKvm } from './qemu/kvm/cached.js';

export interface HostAgentOptions extends Omit<ServiceOptions, 'service' | 'tokens'> {
  /** Where this host keeps what must outlive the agent. Short: sockets lie below it. Default `$VIRTBUS_STATE_DIR`, else /var/lib/virtbus. */
  readonly stateDir?: string;
  /** Default `$VIRTBUS_HOST_ID`, else what this state directory has had before, else the machine's name. */
  readonly hostId?: string;
  /** Name of the network namespace that is this host's network. Default `$VIRTBUS_NETNS`, else this process's own. */
  readonly netns?: string;
  /** How other hosts reach this one. Default `$VIRTBUS_TUNNEL_ADDRESS`, else the address of the link that the default route leads to. */
  readonly tunnelAddress?: string;
  /** Called when another host-agent has taken this host over, and this one has let go of it; its guests run on. */
  readonly onOvertaken?: () => void;
}

/** libvirt's and the kernel's name for what Node calls x64. */
const arches: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** How often what others have of this host's networks, pools and bindings is compared with what is here. */
const RECONCILE_MS = 60_000;

/** Where hosts keep images: libvirt's own directory, and those that the FHS gives to data of the machine. */
const POOL_ROOTS = ['/var/lib/libvirt/images', '/var/lib/libvirt/boot', '/var/lib/virtbus', '/srv', '/mnt', '/media'];

const listed = (text = ''): readonly string[] => text.split(':').filter(Boolean);
const poolRootsIn = (text = ''): readonly string[] => (text === '' ? POOL_ROOTS : listed(text));

const said = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text);

/**
 * A host-agent, in this process. It answers once it takes orders and has said so.
 * @throws NotStarted when another one has this state directory, or speaks for this host
 */
export async function startHostAgent(options: HostAgentOptions = {}): Promise<RunningService> {
  const root = resolve(options.stateDir ?? said(process.env['VIRTBUS_STATE_DIR']) ?? '/var/lib/virtbus');
  const hostId = await hostIdentity(root, options.hostId ?? said(process.env['VIRTBUS_HOST_ID']));
  const stateDir = join(root, HOME);
  const home = await lockHome(stateDir);
  try {
    return await run(options, await hostOf(options, { hostId, stateDir, home }));
  } catch (error) {
    home.close();
    throw error;
  }
}

async function hostOf(options: HostAgentOptions, { hostId, stateDir, home }: Pick<Host, 'hostId' | 'stateDir' | 'home'>): Promise<Host> {
  const { env } = process;
  const netns = options.netns ?? said(env['VIRTBUS_NETNS']);
  const tunnelAddress = options.tunnelAddress ?? said(env['VIRTBUS_TUNNEL_ADDRESS']);
  const warn = (message: string): void => log.warn(message);
  const cache = join(stateDir, 'cache');
  const emulators = new Emulators(new CachedCapabilities(cache, warn), listed(env['VIRTBUS_EMULATORS']));
  const facts = await factsOf(hostId, emulators, new CachedKvm(cache, warn));
  return {
    hostId,
    stateDir,
    home,
    claimant: { facts, agent: await agentIdentity(stateDir) },
    emulators,
    kvm: facts.kvm,
    poolRoots: poolRootsIn(env['VIRTBUS_POOL_ROOTS']),
    scripts: listed(env['VIRTBUS_INTERFACE_SCRIPTS']),
    ...defined({ tunnelAddress }),
    ...(netns === undefined ? {} : { netns: `/run/netns/${netns}` }),
  };
}

async function run(options: HostAgentOptions, host: Host): Promise<RunningService> {
  const { hostId } = host;
  const service = await createService(HostAgentModule.of(host), { ...options, service: 'host-agent', tokens: { hostId } });
  await tellEmulator(service, host);
  const links = service.app.get<Links>(LINKS);
  const heartbeat = new Heartbeat({
    record: service.app.get(HostRecord),
    facts: host.claimant.facts,
    devices: () => links.devices(),
    isConnected: () => service.bus.connected,
    onLost: () => void toldAgain(service, host).catch((error: unknown) => log.error('the bus cannot be told again', error)),
    onOvertaken: (error) => void letGo(service, error, options.onOvertaken),
    log,
  });
  await heartbeat.start();
  const watching = links.watchDevices(() => heartbeat.now());
  const reconciling = setInterval(() => {
    void service.app.get(NetworkRunner).reconcile();
    void service.app.get(Storage).facts.reconcile();
    void service.app.get(FilterBindings).look();
  }, RECONCILE_MS);
  service.app.get(Parting).add(async () => {
    clearInterval(reconciling);
    watching.close();
    await heartbeat.stop();
    service.app.get(Storage).close();
  });
  return service;
}

const tellEmulator = async ({ bus }: RunningService, { hostId, emulators }: Host): Promise<unknown> =>
  bus.bucket(emulatorFacts).put({ hostId }, await emulatorOf(hostId, emulators));

async function toldAgain(service: RunningService, host: Host): Promise<void> {
  await Promise.all([tellEmulator(service, host), tellAgain(service.app.get(DomainRunner), log)]);
}

/** Two that obey the orders of one host would each run its guests. */
async function letGo(service: RunningService, error: Overtaken, told = (): void => undefined): Promise<void> {
  log.error(`${error.message}: this one takes no more orders; its guests run on`);
  await service.close();
  told();
}

async function emulatorOf(hostId: string, emulators: Emulators): Promise<EmulatorFacts> {
  const { binary, target, version, machines, devices, objects, commands, cpus } = await emulators.of();
  return {
    hostId,
    binary,
    target,
    version: [version.major, version.minor, version.micro],
    machines: machines.map(({ name, alias, defaultCpuType, cpuMax }) => ({ name, cpuMax, ...defined({ alias, defaultCpuType }) })),
    devices: [...devices],
    objects: [...objects],
    commands: [...commands],
    cpus: cpus.map(({ name, runnable, deprecated }) => ({ name, runnable, ...(deprecated && { deprecated }) })),
  };
}

/** Of the first one, as libvirt takes it; 0 on machines whose kernel does not say. */
const cpuMHzIn = (cpuinfo: string): number => Math.trunc(Number(/^cpu MHz\s*:\s*([\d.]+)/m.exec(cpuinfo)?.[1] ?? 0));

async function factsOf(hostId: string, emulators: Emulators, kvm: CachedKvm): Promise<HostFacts> {
  const { version } = await emulators.of();
  const verdict = await kvm.of(DEFAULT_EMULATOR);
  return {
    hostId,
    hostname: hostname(),
    arch: arches[arch()] ?? arch(),
    cpus: availableParallelism(),
    cpuMHz: cpuMHzIn(await readFile('/proc/cpuinfo', 'utf8')),
    memoryMiB: memoryForGuestsMiB(totalmem()),
    kvm: verdict.usable,
    ...(verdict.usable ? {} : { kvmReason: verdict.reason }),
    emulator: DEFAULT_EMULATOR,
    qemuVersion: `${version.major}.${version.minor}.${version.micro}`,
    beat: 0,
    startedAt: new Date().toISOString(),
  };
}
