/** Controllers that QEMU does not make by itself. */
import type { JsonObject } from '../argv/json.js';
import { device, type Argv } from '../argv/options.js';
import { aliasOf, placed, type Builder, type Context } from '../context.js';
import type { Controller } from '../domain-parts.js';
import { isI440fx, isPcExpress } from '../machine/machine-kind.js';
import { refuse, unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';
import { pciController } from './controller-pci.js';
import { usbController } from './controller-usb.js';
import { virtioName, virtioProps } from './virtio.js';

/** Controllers whose devices come later in the line come first. */
const order: readonly Controller['type'][] = ['pci', 'usb', 'scsi', 'ide', 'sata', 'virtio-serial'];

export const controllers: Builder = (context) => order.flatMap((type) => ofType(context, type));

/** Smart card readers sit on USB, floppy drives on nothing that others need: they come after memory and hubs. */
export const ccidControllers: Builder = (context) => ofType(context, 'ccid');

function ofType(context: Context, type: Controller['type']): Argv {
  return placed('controller', context.domain.devices.controller)
    .filter(({ device: one }) => one.type === type)
    .flatMap(({ device: one, at }) => controller(context, one, at));
}

function controller(context: Context, one: Controller, at: string): Argv {
  const props = propsOf(context, one, at);
  return props ? device({ ...props, ...addressProps(context, one, at) }) : [];
}

/** undefined: the board has it. */
function propsOf(context: Context, one: Controller, at: string): JsonObject | undefined {
  const id = aliasOf(one, at);
  switch (one.type) {
    case 'pci':
      return pciController(context, one, at);
    case 'usb':
      return usbController(context, one, at);
    case 'scsi':
      return { ...scsiModel(one, at), id, ...scsiTuning(one) };
    case 'sata':
      return isPcExpress(context.domain) && one.index === 0 ? undefined : { driver: 'ahci', id };
    case 'ide':
      return builtInIde(context, one, at);
    case 'virtio-serial':
      return { driver: virtioName('virtio-serial', one), ...virtioProps(one.driver), id, max_ports: one.ports, vectors: one.vectors };
    case 'ccid':
      return { driver: 'usb-ccid', id };
    default:
      return undefined;
  }
}

function builtInIde({ domain }: Context, one: Controller, at: string): undefined {
  if (isI440fx(domain) && one.index === 0) return undefined;
  throw unsupported(
    at,
    isI440fx(domain)
      ? 'Only a single IDE controller is supported for this machine type'
      : 'IDE controllers are unsupported for this QEMU binary or machine type',
  );
}

type ScsiController = Extract<Controller, { readonly type: 'scsi' }>;

const scsiDrivers: Partial<Record<NonNullable<ScsiController['model']>, string>> = {
  lsilogic: 'lsi',
  lsisas1068: 'mptsas1068',
  lsisas1078: 'megasas',
  vmpvscsi: 'pvscsi',
  dc390: 'dc-390',
  am53c974: 'am53c974',
};

function scsiModel(one: ScsiController, at: string): JsonObject {
  const model = one.model ?? 'lsilogic';
  if (model === 'virtio-scsi' || model === 'virtio-transitional' || model === 'virtio-non-transitional') {
    const { iothread } = one.driver ?? {};
    return {
      driver: virtioName('virtio-scsi', one),
      ...virtioProps(one.driver),
      iothread: iothread === undefined ? undefined : `iothread${iothread}`,
    };
  }
  if (model === 'ncr53c90') throw unsupported(`${at}/@model`, 'no machine here has an ncr53c90');
  const driver = scsiDrivers[model];
  if (driver === undefined) throw refuse('INTERNAL_ERROR', `${at}/@model`, `QEMU has no SCSI controller of model '${model}'`);
  return { driver };
}

const scsiTuning = ({ driver }: ScsiController): JsonObject => ({
  num_queues: driver?.queues,
  cmd_per_lun: driver?.cmdPerLun,
  max_sectors: driver?.maxSectors,
  ioeventfd: driver?.ioeventfd,
});

/** Settings of the board's own chips. */
export const boardOptions: Builder = ({ domain }) =>
  domain.devices.controller.flatMap((one) => {
    if (one.type !== 'pci' || one.index !== 0) return [];
    const host = isPcExpress(domain) ? 'q35-pcihost' : 'i440FX-pcihost';
    const { pcihole64 } = one;
    return [
      ...(one.target?.hotplug === undefined ? [] : ['-global', `PIIX4_PM.acpi-root-pci-hotplug=${one.target.hotplug ? 'on' : 'off'}`]),
      ...(pcihole64 === undefined ? [] : ['-global', `${host}.pci-hole64-size=${pcihole64}K`]),
    ];
  });
