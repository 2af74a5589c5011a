/** Devices that have no connection to anything but their host: a disk's images and a few objects of QEMU's are all that belongs to them. */
import { Refusal } from '@virtbus/contracts';
import { findDevice, findWatchdog, parseDevice, type Device } from '@virtbus/libvirt-xml';
import type { Monitor } from '@virtbus/qmp';
import { hotplugDevice, type ArgvHost, type HotplugKind } from '@virtbus/qemu-argv';
import type { DeviceUnderway, DomainEntry } from '../core/domain-entry.js';
import { listOf, placeDevice, refuseTwin, type HotplugDevice } from './place-device.js';
import { passing } from '../failpoints.js';
import { refuseNeighbours } from '../interfaces/detach-interface.js';
import { liveDefinition } from '../operations/live-definition.js';
import { diskPlaces } from '../storage/disk-places.js';
import { freeNode, passedOver, sweepNodes } from './block-nodes.js';
import type { DeviceKind } from './device-kind.js';
import type { Guest } from './guest.js';
import { letGo, requestRemoval } from './let-go.js';
import { withDevice, withoutDevice, withStage } from './plain-record.js';
import { withDone } from './settled.js';

interface Rules {
  /** @throws as `DeviceKind` does */
  readonly update?: DeviceKind['update'];
  /** What is plugged first. @throws as `DeviceKind` does */
  readonly before?: (guest: Guest, given: never, by: string) => Promise<void>;
  /** What is known of it only once QEMU has it goes on record. May be repeated. */
  readonly after?: (guest: Guest, alias: string) => Promise<void>;
  /** @throws as `DeviceKind` does, for what is not unplugged */
  readonly beforeDetach?: (found: never) => Promise<void>;
  /** Whether QEMU knows a device of the kind by its alias from the start on, so that one that it does not know is gone. */
  readonly isListed: (device: never) => boolean;
}

/**
 * What a command line for a running guest is made for.
 * @param disks those that are new to it: where their images are is looked up
 * @throws Refusal of a disk that may not be one, or a volume that there is not
 */
export async function argvHostOf({ world, entry }: Guest, disks: readonly Device<'disk'>[] = []): Promise<ArgvHost> {
  const { type, devices } = liveDefinition(entry);
  return {
    capabilities: await world.capabilitiesOf(devices.emulator),
    accel: type === 'kvm' ? 'kvm' : 'tcg',
    pty: 'socket',
    paths: { directory: world.pathsOf(entry.uuid).directory },
    interfaces: [],
    lookup: await diskPlaces({ devices: { disk: disks } }, world.storage),
  };
}

export class PlainDevice implements DeviceKind {
  constructor(
    private readonly kind: HotplugKind,
    private readonly rules: Rules,
  ) {}

  async attach(guest: Guest, xml: string, by: string): Promise<void> {
    const given = parseDevice(this.kind, xml);
    refuseTwin(liveDefinition(guest.entry), this.kind, given);
    // What may be no disk here is refused before anything is plugged for it.
    const host = await this.hostFor(guest, given);
    await this.rules.before?.(guest, given as never, by);
    const alias = await this.plug(guest, { given, by, host });
    await guest.tell({ what: 'deviceadded', alias });
  }

  /** Plugs one device; only its event remains to be told. @returns its alias */
  async plug(guest: Guest, { given, by, host }: { given: HotplugDevice; by: string; host: ArgvHost }): Promise<string> {
    const { kind } = this;
    const { definition, device, alias } = placeDevice(liveDefinition(guest.entry), kind, given, host.capabilities);
    const firstNode = kind === 'disk' ? await freeNode(guest.monitor) : 0;
    const steps = hotplugDevice(definition, host, { kind, alias, firstNode });
    await guest.announce((entry) => withStage(withDevice(entry, kind, device), { kind, alias, by, stage: 'plugging' }));
    passing('attach.journalled');
    try {
      for (const step of steps) await guest.monitor.call(step.command, Object.fromEntries(step.arguments));
    } catch (thrown) {
      await this.forget(guest, alias);
      throw thrown;
    }
    passing('attach.device_added');
    await this.settle(guest, alias, by);
    await this.rules.after?.(guest, alias);
    return alias;
  }

  private hostFor(guest: Guest, given: HotplugDevice): Promise<ArgvHost> {
    return argvHostOf(guest, this.kind === 'disk' ? [given as Device<'disk'>] : []);
  }

  async detach(guest: Guest, xml: string, by: string): Promise<void> {
    const { kind } = this;
    const { devices } = liveDefinition(guest.entry);
    const given = parseDevice(kind, xml);
    const found =
      kind === 'watchdog'
        ? findWatchdog(devices, given as Device<'watchdog'>, { running: true })
        : this.devicesOf(guest.entry)[findDevice(kind, devices, given as never, { running: true })];
    await this.detachAlias(guest, found?.alias?.name ?? '', by);
  }

  update(guest: Guest, xml: string, by: string): Promise<void> {
    return this.rules.update ? this.rules.update(guest, xml, by) : Promise.reject(noUpdate(this.kind));
  }

  has({ entry }: Guest, alias: string): boolean {
    return this.find(entry, alias) !== undefined;
  }

  async detachAlias(guest: Guest, alias: string, by: string): Promise<void> {
    const { kind } = this;
    const live = liveDefinition(guest.entry);
    const found = this.find(guest.entry, alias);
    await this.rules.beforeDetach?.(found as never);
    refuseNeighbours(live, found && 'address' in found ? found.address : undefined);
    if (kind === 'controller') refuseInUse(live.devices, alias);
    const staged = (entry: DomainEntry, stage: 'unplugging' | undefined): DomainEntry =>
      withStage(entry, stage ? { kind, alias, by, stage } : { alias });
    return letGo(guest, { alias, by, staged, finish: () => this.removed(guest, alias) });
  }

  async removed(guest: Guest, alias: string): Promise<void> {
    passing('detach.deleted');
    if (!this.has(guest, alias)) return;
    await this.forget(guest, alias);
    await guest.tell({ what: 'deviceremoved', alias });
  }

  async rejected(guest: Guest, alias: string): Promise<void> {
    await guest.record((entry) => withStage(entry, { alias }));
    await guest.tell({ what: 'deviceremovalfailed', alias });
  }

  async recover(guest: Guest, present: ReadonlySet<string>): Promise<void> {
    const underway = (guest.entry.underway ?? []).filter((each) => each.kind === this.kind);
    for (const each of underway) await this.finish(guest, each, present.has(each.alias));
    const isGone = (one: HotplugDevice): boolean => this.rules.isListed(one as never) && !present.has(one.alias?.name ?? '');
    for (const { alias } of this.devicesOf(guest.entry).filter(isGone)) await this.removed(guest, alias?.name ?? '');
    for (const { alias } of this.devicesOf(guest.entry)) await this.rules.after?.(guest, alias?.name ?? '');
  }

  /** What an agent that has died has left half done. */
  private async finish(guest: Guest, { alias, by, stage }: DeviceUnderway, isPresent: boolean): Promise<void> {
    if (stage === 'plugging') return isPresent ? this.settleLate(guest, alias, by) : this.forget(guest, alias);
    return isPresent ? requestRemoval(guest, alias) : this.removed(guest, alias);
  }

  private devicesOf(entry: DomainEntry): readonly HotplugDevice[] {
    return listOf(liveDefinition(entry).devices, this.kind);
  }

  private find(entry: DomainEntry, alias: string): HotplugDevice | undefined {
    return this.devicesOf(entry).find((one) => one.alias?.name === alias);
  }

  private async settle(guest: Guest, alias: string, by: string): Promise<void> {
    await guest.record((entry) => withDone(withStage(entry, { alias }), by));
    passing('attach.recorded');
  }

  private async settleLate(guest: Guest, alias: string, by: string): Promise<void> {
    await this.settle(guest, alias, by);
    await guest.tell({ what: 'deviceadded', alias });
  }

  /** Nothing is left of it; may be repeated. */
  private async forget(guest: Guest, alias: string): Promise<void> {
    if (this.kind === 'disk') await sweepNodes(guest.monitor);
    else await sweepEnds(guest.monitor, alias);
    await guest.record((entry) => withoutDevice(withStage(entry, { alias }), this.kind, alias));
    passing('detach.recorded');
  }
}

/** What a device may stand on, by libvirt's names for it. What there is not is refused by QEMU, and passed over. */
async function sweepEnds(monitor: Monitor, alias: string): Promise<void> {
  await passedOver(() => monitor.call('chardev-remove', { id: `char${alias}` }));
  for (const id of [`obj${alias}`, `mem${alias}`, `shmmem-${alias}`, `objchar${alias}_tls0`]) {
    await passedOver(() => monitor.call('object-del', { id }));
  }
}

/** libvirt has one name for all that ends in a character device. */
export const libvirtName = (kind: string): string => (['serial', 'parallel', 'console', 'channel'].includes(kind) ? 'chr' : kind);

export const noUpdate = (kind: string): Refusal =>
  new Refusal('config_unsupported', `unsupported configuration: live update of device '${libvirtName(kind)}' is not supported`);

/** @throws Refusal operation_failed for a controller that disks are behind */
function refuseInUse({ controller, disk }: ReturnType<typeof liveDefinition>['devices'], alias: string): void {
  const found = controller.find((one) => one.alias?.name === alias);
  const isBehind = ({ target, address }: (typeof disk)[number]): boolean =>
    target.bus === found?.type && address?.type === 'drive' && address.controller === (found?.index ?? 0);
  if (found && disk.some((one) => isBehind(one))) {
    throw new Refusal('operation_failed', `operation failed: device cannot be detached: device is busy`);
  }
}
