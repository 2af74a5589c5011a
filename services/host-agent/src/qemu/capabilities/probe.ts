import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CAPABILITIES_FORMAT, type CpuModel, type MachineType, type QemuCapabilities } from '@virtbus/qemu-argv';
import { QmpError, type CpuDefinition, type MachineAnswer, type Monitor, type SchemaEntry } from '@virtbus/qmp';
import { launch } from '../launch.js';

/** Models whose properties differ between QEMU releases in ways that a command line must know. */
const MODELS_WITH_PROPERTIES = ['e1000', 'e1000e', 'rtl8139', 'vfio-pci', 'virtio-blk-pci', 'virtio-net-pci', 'vmxnet3'];

/**
 * Asks a QEMU binary what it can do, in a machine without a processor that never runs (0.1 s).
 * @throws LaunchFailed when it cannot be run
 */
export async function probeCapabilities(binary: string): Promise<QemuCapabilities> {
  const directory = await mkdtemp(join(tmpdir(), 'qemu-probe-'));
  const uuid = randomUUID();
  const argv = ['-machine', 'none', '-nodefaults', '-no-user-config', '-display', 'none', '-S', '-uuid', uuid];
  try {
    const logFile = join(directory, 'log');
    const qemu = await launch({ binary, argv, name: 'probe', uuid, directory, extraDescriptors: [], logFile, timeoutMs: 10_000 });
    try {
      return await ask(qemu.monitor, binary);
    } finally {
      await qemu.destroy({ termMs: 0 });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** All questions at once: QEMU answers in order, and the time is its own. */
async function ask(monitor: Monitor, binary: string): Promise<QemuCapabilities> {
  const [target, machines, cpus, accelerators, devices, objects, commands, schema, deviceProperties] = await Promise.all([
    monitor.execute('query-target'),
    monitor.execute('query-machines'),
    monitor.execute('query-cpu-definitions'),
    typesOf(monitor, 'accel'),
    typesOf(monitor, 'device'),
    typesOf(monitor, 'user-creatable'),
    monitor.execute('query-commands'),
    monitor.execute('query-qmp-schema'),
    propertiesOf(monitor, MODELS_WITH_PROPERTIES),
  ]);
  const { qemu: version, package: packaged } = monitor.greeting.version;
  return {
    format: CAPABILITIES_FORMAT,
    binary,
    version,
    package: packaged,
    target: target.arch,
    machines: machines.map(machineType).toSorted((a, b) => compare(a.name, b.name)),
    cpus: cpus.map(cpuModel).toSorted((a, b) => compare(a.name, b.name)),
    accelerators: accelerators.flatMap((name) => (name.endsWith('-accel') ? [name.replace(/-accel$/, '')] : [])),
    devices,
    objects,
    netdevs: netdevTypes(schema),
    commands: commands.map(({ name }) => name).toSorted(compare),
    deviceProperties,
  };
}

async function typesOf(monitor: Monitor, parent: string): Promise<string[]> {
  const types = await monitor.execute('qom-list-types', { implements: parent, abstract: false });
  return types.map(({ name }) => name).toSorted(compare);
}

/** A model that this QEMU does not have is left out. */
async function propertiesOf(monitor: Monitor, models: readonly string[]): Promise<Record<string, string[]>> {
  const answers = await Promise.all(models.map((typename) => monitor.execute('device-list-properties', { typename }).catch(absent)));
  const entries = models.flatMap((model, index) => {
    const properties = answers[index];
    return properties ? [[model, properties.map(({ name }) => name).toSorted(compare)] as const] : [];
  });
  return Object.fromEntries(entries);
}

function absent(cause: unknown): undefined {
  if (cause instanceof QmpError && cause.class === 'DeviceNotFound') return undefined;
  throw cause;
}

function machineType(answer: MachineAnswer): MachineType {
  const { name, alias, deprecated, 'cpu-max': cpuMax, 'default-cpu-type': defaultCpuType, 'default-ram-id': defaultRamId } = answer;
  return {
    name,
    ...(alias !== undefined && { alias }),
    cpuMax,
    ...(defaultCpuType !== undefined && { defaultCpuType }),
    ...(defaultRamId !== undefined && { defaultRamId }),
    deprecated,
  };
}

function cpuModel({ name, deprecated, 'unavailable-features': unavailable = [] }: CpuDefinition): CpuModel {
  return { name, runnable: unavailable.length === 0, deprecated };
}

/** Cases of the union that are no back ends of their own. */
const NOT_NETDEVS = ['nic', 'none'];

/** netdev_add's argument is a union by `type`: its cases are the types that `-netdev` takes. */
function netdevTypes(schema: readonly SchemaEntry[]): string[] {
  const argument = schema.find(({ name }) => name === 'netdev_add')?.['arg-type'];
  const variants = schema.find(({ name }) => name === argument)?.variants ?? [];
  return variants.flatMap((variant) => (NOT_NETDEVS.includes(variant.case) ? [] : [variant.case])).toSorted(compare);
}

/** By code unit, whatever the locale: the cache's text stays the same everywhere. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
