/** Devices as the monitor takes them while the guest runs: the same descriptions make the options of a start. */
import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Argv } from './argv/options.js';
import { contextOf } from './build-argv.js';
import { chardevAdd } from './chardev/chardev-add.js';
import type { Builder } from './context.js';
import type { Devices } from './domain-parts.js';
import { channels } from './devices/character.js';
import { controllers } from './devices/controller.js';
import { diskArgv, imagesArgv } from './devices/disk.js';
import { inputs } from './devices/input.js';
import { memoryModules } from './devices/memory-module.js';
import { redirdevs } from './devices/redirdev.js';
import { rngs } from './devices/rng.js';
import { sharedMemories } from './devices/shmem.js';
import { watchdog } from './devices/watchdog.js';
import type { ArgvHost } from './host/argv-host.js';
import { unsupported } from './refusal.js';

/** One command of the monitor. */
export interface HotplugStep {
  readonly command: 'object-add' | 'chardev-add' | 'blockdev-add' | 'device_add' | 'watchdog-set-action';
  readonly arguments: ReadonlyMap<string, unknown>;
}

const builders = {
  channel: channels,
  input: inputs,
  memory: memoryModules,
  redirdev: redirdevs,
  rng: rngs,
  shmem: sharedMemories,
  watchdog,
} as const satisfies Readonly<Record<string, Builder>>;

/** Kinds that QEMU takes while the guest runs, beside interfaces. */
export type HotplugKind = keyof typeof builders | 'controller' | 'disk';

export const isHotplugged = (kind: string): kind is HotplugKind => kind === 'disk' || kind === 'controller' || kind in builders;

interface Named {
  readonly alias?: { readonly name: string };
}

/**
 * @param domain prepared, with the device among its own and a place for it
 * @param firstNode the number of a disk's first block node: of those and the ones that follow none is in use
 * @throws LibvirtError 67 with the element's path for what QEMU cannot do, or not while the guest runs
 */
export function hotplugDevice(
  domain: DomainDef,
  host: ArgvHost,
  { kind, alias, firstNode }: { readonly kind: HotplugKind; readonly alias: string; readonly firstNode: number },
): readonly HotplugStep[] {
  const context = contextOf(domain, host);
  if (kind === 'disk') return stepsOf(diskArgv(context, alias, firstNode), `/domain/devices/${kind}`);
  if (kind === 'controller')
    return stepsOf(controllers(context), '/domain/devices/controller').filter((step) => step.arguments.get('id') === alias);
  const devices = { ...domain.devices, [kind]: alone(domain.devices, kind, alias) };
  const steps = stepsOf(builders[kind]({ ...context, domain: { ...domain, devices } }), `/domain/devices/${kind}`);
  // What a device stands on comes before it; a command line may have it behind.
  return [...steps.filter(({ command }) => command !== 'device_add'), ...steps.filter(({ command }) => command === 'device_add')];
}

/** What is there of a kind but for all others of it. */
function alone({ watchdog: only, ...devices }: Devices, kind: Exclude<HotplugKind, 'controller' | 'disk'>, alias: string): unknown {
  if (kind === 'watchdog') return only;
  const list: readonly Named[] = devices[kind];
  return list.filter((one) => one.alias?.name === alias);
}

/** The images of a disk alone: a medium for a drive that is there. */
export const hotplugMedium = (domain: DomainDef, host: ArgvHost, alias: string, firstNode: number): readonly HotplugStep[] =>
  stepsOf(imagesArgv(contextOf(domain, host), alias, firstNode), '/domain/devices/disk');

const commands = new Map<string, HotplugStep['command']>([
  ['-object', 'object-add'],
  ['-blockdev', 'blockdev-add'],
  ['-device', 'device_add'],
]);

function stepsOf(argv: Argv, at: string): HotplugStep[] {
  return argv.flatMap((option, index): HotplugStep[] => {
    if (index % 2 === 1) return [];
    const value = argv[index + 1] ?? '';
    if (option === '-watchdog-action') return [{ command: 'watchdog-set-action', arguments: new Map([['action', value]]) }];
    const command = commands.get(option);
    if (option === '-chardev') return [{ command: 'chardev-add', arguments: chardevAdd(value) }];
    // Beyond what JavaScript's numbers hold: a world wide name.
    if (/:\d{16,}/.test(value)) throw unsupported(at, 'a world wide name is given to QEMU only when it starts');
    if (!command || !value.startsWith('{')) throw unsupported(at, `QEMU takes '${option}' only when it starts`);
    const given: unknown = JSON.parse(value);
    return [{ command, arguments: new Map(Object.entries(given ?? {})) }];
  });
}
