import { Refusal } from '@virtbus/contracts';
import type { Device, DeviceKind as KindName } from '@virtbus/libvirt-xml';
import { interfaceDevice } from '../interfaces/interface-device.js';
import { changeMedium } from './change-medium.js';
import type { DeviceKind } from './device-kind.js';
import type { Guest } from './guest.js';
import { limitDisks } from '../operations/limit-disks.js';
import { liveDefinition } from '../operations/live-definition.js';
import { lackingControllers } from './place-device.js';
import { memoryModule } from './memory-module.js';
import { argvHostOf, PlainDevice } from './plain-device.js';

/** QEMU's boards have drives and keyboards of their own, which have no alias there. */
const onBoard: ReadonlySet<string> = new Set(['sd', 'fdc']);

const controllers = new PlainDevice('controller', {
  before: (_, given: Device<'controller'>) => refuseBoards(given, 'plugged'),
  beforeDetach: (given: Device<'controller'>) => refuseBoards(given, 'unplugged'),
  isListed: () => false,
});

/** Of controllers libvirt plugs those of SCSI alone. @throws Refusal operation_unsupported */
async function refuseBoards({ type }: Device<'controller'>, change: 'plugged' | 'unplugged'): Promise<void> {
  if (type === 'scsi') return;
  throw new Refusal('operation_unsupported', `Operation not supported: '${type}' controller cannot be hot ${change}.`);
}

/** @throws Refusal operation_unsupported for what is soldered to the board */
async function refuseBus({ bus }: Device<'input'>, change: string): Promise<void> {
  if (bus === 'usb' || bus === 'virtio' || bus === undefined) return;
  throw new Refusal('operation_unsupported', `Operation not supported: input device on bus '${bus}' cannot be ${change}`);
}

/** They stay when the disk is refused, as under libvirt: a guest lets them go in its own time. */
async function plugControllers(guest: Guest, disk: Device<'disk'>, by: string): Promise<void> {
  for (const given of lackingControllers(liveDefinition(guest.entry).devices, disk)) {
    await controllers.plug(guest, { given, by: `${by}/scsi${given.index}`, host: await argvHostOf(guest) });
  }
}

/** QEMU limits drives, so only once it has this one. */
async function limitDisk({ monitor, entry }: Guest, alias: string): Promise<void> {
  await limitDisks(
    monitor,
    liveDefinition(entry).devices.disk.filter((disk) => disk.alias?.name === alias),
  );
}

/** Kinds of devices that can be changed while a guest runs, by the name of their element. Others are refused by it. */
export const deviceKinds: Partial<Readonly<Record<KindName, DeviceKind>>> = {
  interface: interfaceDevice,
  disk: new PlainDevice('disk', {
    update: changeMedium,
    before: plugControllers,
    after: limitDisk,
    isListed: ({ target }: { readonly target: { readonly bus?: string } }) => !onBoard.has(target.bus ?? ''),
  }),
  channel: new PlainDevice('channel', { isListed: ({ target }: Device<'channel'>) => target.type === 'virtio' }),
  memory: memoryModule,
  redirdev: new PlainDevice('redirdev', { isListed: () => true }),
  shmem: new PlainDevice('shmem', { isListed: () => true }),
  rng: new PlainDevice('rng', { isListed: () => true }),
  input: new PlainDevice('input', {
    before: (_, given: Device<'input'>) => refuseBus(given, 'hot plugged.'),
    beforeDetach: (found: Device<'input'>) => refuseBus(found, 'detached'),
    isListed: () => false,
  }),
  controller: controllers,
  watchdog: new PlainDevice('watchdog', { isListed: () => false }),
};
