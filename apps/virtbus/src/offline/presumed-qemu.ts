/**
 * Whether a definition presumes a QEMU that can be known. It says nothing of the QEMU that will run it, so what depends on that stays
 * open; but one that asks for what no old QEMU can do, or names a version of its board, is filled in as QEMU 7.2 would have it.
 */
import type { DomainDef } from '@virtbus/libvirt-xml';

type Sign = (domain: DomainDef) => boolean;
type Disk = DomainDef['devices']['disk'][number];

const onDisks =
  (sign: (disk: Disk) => boolean): Sign =>
  ({ devices }) =>
    devices.disk.some(sign);

const network = (disk: Disk) => (disk.type === 'network' ? disk.source : undefined);

/** The bus of these machines is laid out by what QEMU has: without one there is no answer at all. */
const express: Sign = ({ os }) => os.type.machine?.includes('q35') === true;
const versioned: Sign = ({ os }) => /^pc-i440fx-\d/.test(os.type.machine ?? '');

/** Images as nodes of a graph (`-blockdev`) with filters and limits of their own, and what came with them. */
const blockNodes: readonly Sign[] = [
  onDisks(({ encryption, source }) => (encryption ?? source?.encryption)?.format.startsWith('luks') === true),
  onDisks(({ backingStore, source }) => (backingStore ?? source?.slices) !== undefined),
  onDisks(({ driver, target }) => (driver?.metadataCache ?? target.rotationRate) !== undefined || driver?.io === 'io_uring'),
  onDisks((disk) => network(disk)?.protocol === 'nfs' || network(disk)?.tls === true || network(disk)?.cookies !== undefined),
  onDisks(({ iotune }) => iotune !== undefined),
  onDisks(({ type }) => type === 'nvme' || type === 'vhostuser'),
  ({ os }) => os.nvram !== undefined && os.nvram.type !== 'path',
];

/** Which chip a SCSI bus has hangs on those that QEMU has. */
const scsi = onDisks(({ target }) => target.bus === 'scsi');

const devicesOfToday: readonly Sign[] = [
  ({ devices }) => devices.vsock !== undefined,
  ({ devices }) => devices.channel.some(({ type }) => type === 'qemu-vdagent'),
  ({ devices }) => devices.rng.some(({ backend }) => backend.model === 'builtin'),
  ({ devices }) =>
    devices.filesystem.some((one) => one.driver?.type === 'virtiofs' || (one.multidevs ?? one.fmode ?? one.dmode) !== undefined),
  ({ devices }) => devices.memory.some(({ model }) => model === 'virtio-mem' || model === 'virtio-pmem'),
  ({ devices }) => devices.graphics.some(({ type }) => type === 'spice' || type === 'dbus'),
];

const settingsOfToday: readonly Sign[] = [
  ({ clock }) => clock.offset === 'absolute',
  ({ genid }) => genid !== undefined,
  ({ cpu }) => cpu?.numa?.interconnects !== undefined || cpu?.mode === 'maximum',
  ({ iothreadids }) =>
    iothreadids?.iothread.some(({ threadPoolMin, threadPoolMax }) => (threadPoolMin ?? threadPoolMax) !== undefined) === true,
];

const signs: readonly Sign[] = [express, versioned, scsi, ...blockNodes, ...devicesOfToday, ...settingsOfToday];

export const presumesQemu = (domain: DomainDef): boolean => signs.some((sign) => sign(domain));
