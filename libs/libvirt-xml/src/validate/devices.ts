/** Rules about the other devices: how many there may be, and which settings go together. */
import type { DomainDef } from '../domain/domain.js';
import { isQ35 } from '../assign/machine.js';
import { each, refusal, repeated, unsupported, type Rule } from './rule.js';

const aliases: Rule = ({ devices }) => {
  const all = Object.entries(devices).flatMap(([kind, held]) => aliasesOf(kind, held));
  const again = repeated(all.map(({ name }) => name));
  return again ? unsupported(`devices/${all[again.index]?.path ?? ''}/alias`, `non unique alias detected: ${again.value}`) : undefined;
};

interface Named {
  readonly name: string;
  readonly path: string;
}

function aliasesOf(kind: string, held: unknown): readonly Named[] {
  if (kind === 'console') return [];
  const list: readonly unknown[] = Array.isArray(held) ? held : [held];
  return list.flatMap((device, index) => (hasAlias(device) ? [{ name: device.alias.name, path: `${kind}[${index + 1}]` }] : []));
}

function hasAlias(device: unknown): device is { readonly alias: { readonly name: string } } {
  return typeof device === 'object' && device !== null && 'alias' in device && device.alias !== undefined;
}

const controllers: Rule = ({ devices }) => {
  const again = repeated(devices.controller.map((one) => (one.master ? undefined : `${one.type}:${one.index}`)));
  const [type, index] = again?.value?.split(':') ?? [];
  return again
    ? refusal('XML_ERROR', `devices/controller[${again.index + 1}]`, `Multiple '${type}' controllers with index '${index}'`)
    : undefined;
};

const unsupportedScsi = ['buslogic', 'ncr53c90'];

const XHCI_PORTS_MAX = 15;

const controllerModels = each(
  'controller',
  ({ devices }) => devices.controller,
  (device, path, def) => {
    if (device.type === 'scsi' && unsupportedScsi.includes(device.model ?? ''))
      return unsupported(path, `Unsupported controller model: ${device.model}`);
    if (device.type === 'ide' && isQ35(def))
      return unsupported(path, 'IDE controllers are unsupported for this QEMU binary or machine type');
    if (device.type === 'ide' && device.index !== 0)
      return unsupported(path, 'Only a single IDE controller is supported for this machine type');
    if (device.type !== 'usb') return undefined;
    if (device.model === 'qusb1' || device.model === 'qusb2')
      return unsupported(path, "USB controller model type 'qusb1' or 'qusb2' is not supported in qemu");
    const crowded = (device.ports ?? 0) > XHCI_PORTS_MAX;
    return crowded ? unsupported(path, `'${device.model}' controller only supports up to '${XHCI_PORTS_MAX}' ports`) : undefined;
  },
);

const consoles: Rule = ({ devices }) => {
  const index = devices.console.findIndex(({ target }, at) => at > 0 && (target.type === undefined || target.type === 'serial'));
  return index < 0 ? undefined : unsupported(`devices/console[${index + 1}]`, 'Only the first console can be a serial port');
};

const ISA_SERIAL_PORTS = 4;

const serialPorts = each(
  'serial',
  ({ devices }) => devices.serial,
  ({ target }, path) => {
    const beyond = target.type === 'isa-serial' && (target.port ?? 0) > ISA_SERIAL_PORTS;
    return beyond
      ? refusal('INTERNAL_ERROR', `${path}/target`, `Maximum supported number of ISA serial ports is '${ISA_SERIAL_PORTS}'`)
      : undefined;
  },
);

const videos: Rule = ({ devices }) => {
  const { video } = devices;
  if (video.filter(({ model }) => model.primary).length > 1)
    return unsupported('devices/video', 'Only one primary video device is supported');
  const none = video.findIndex(({ model }) => model.type === 'none');
  if (none >= 0 && video.length > 1)
    return unsupported(`devices/video[${none + 1}]`, "a 'none' video type must be the only video device defined for the domain");
  const placed = video.findIndex(({ model, address }) => model.type === 'ramfb' && address !== undefined);
  return placed < 0 ? undefined : unsupported(`devices/video[${placed + 1}]/address`, 'address not supported for video type ramfb');
};

const foreignVideos = ['xen', 'vbox', 'parallels', 'gop'];
const anywhere = ['qxl', 'virtio'];

const videoModels = each(
  'video',
  ({ devices }) => devices.video,
  ({ model, driver }, path, def) => {
    const { type } = model;
    if (foreignVideos.includes(type)) return unsupported(path, `domain configuration does not support video model '${type}'`);
    if (!anywhere.includes(type) && def.devices.video[0]?.model !== model)
      return unsupported(path, `video type '${type}' is only valid as primary video device`);
    if (model.acceleration?.rendernode !== undefined && driver?.name !== 'vhostuser') {
      return unsupported(`${path}/model`, "unsupported rendernode accel attribute without 'vhostuser'");
    }
    if (driver?.name === 'vhostuser' && type !== 'virtio')
      return unsupported(`${path}/driver`, "'vhostuser' driver is only supported with 'virtio' device");
    if ((model.heads ?? 0) > 1 && !anywhere.includes(type))
      return unsupported(`${path}/model`, `video type '${type}' doesn't support multiple 'heads'`);
    const own = type === 'qxl' ? undefined : (['ram', 'vram64', 'vgamem'] as const).find((name) => model[name] !== undefined);
    return own ? unsupported(`${path}/model`, `${own} attribute only supported for video type qxl`) : undefined;
  },
);

const screens: Rule = ({ devices }) => {
  const index = devices.graphics.findIndex(({ type }) => type === 'egl-headless');
  const others = devices.graphics.some(({ type }) => !['vnc', 'spice', 'egl-headless'].includes(type));
  if (index >= 0 && others) {
    return unsupported(
      `devices/graphics[${index + 1}]`,
      "graphics type 'egl-headless' is only supported with one of: 'vnc', 'spice' graphics types",
    );
  }
  const foreign = devices.graphics.findIndex(({ type }) => type === 'rdp' || type === 'desktop');
  const type = devices.graphics[foreign]?.type;
  return type ? unsupported(`devices/graphics[${foreign + 1}]`, `${type} graphics are not supported with this QEMU`) : undefined;
};

const spicevmc: Rule = ({ devices }) => {
  const index = devices.channel.findIndex(({ type }) => type === 'spicevmc');
  const served = devices.graphics.some(({ type }) => type === 'spice');
  return index < 0 || served
    ? undefined
    : unsupported(`devices/channel[${index + 1}]`, "chardev 'spicevmc' not supported without spice graphics");
};

const usbless: Rule = ({ devices }) => {
  const off = devices.controller.some((one) => one.type === 'usb' && one.model === 'none');
  const used =
    devices.input.some(({ bus }) => bus === 'usb') ||
    devices.disk.some(({ target }) => target.bus === 'usb') ||
    devices.hub.length + devices.redirdev.length > 0 ||
    devices.controller.some(({ type }) => type === 'ccid') ||
    devices.sound.some(({ model }) => model === 'usb');
  return off && used
    ? unsupported('devices/controller', 'USB is disabled for this domain, but USB devices are present in the domain XML')
    : undefined;
};

const inputs = each(
  'input',
  ({ devices }) => devices.input,
  ({ type, bus, model }, path) => {
    if (bus === 'ps2' && type !== 'mouse' && type !== 'keyboard')
      return refusal('INTERNAL_ERROR', path, `ps2 bus does not support ${type} input device`);
    if (bus === 'xen' || bus === 'parallels') return refusal('INTERNAL_ERROR', path, `unsupported input bus ${bus}`);
    const transitional = model === 'virtio-transitional' || model === 'virtio-non-transitional';
    return transitional ? unsupported(path, `virtio (non-)transitional models are not supported for input type=${type}`) : undefined;
  },
);

const sharesMemory = (def: DomainDef): boolean =>
  def.memoryBacking?.access?.mode === 'shared' || (def.cpu?.numa?.cell ?? []).some(({ memAccess }) => memAccess === 'shared');

const filesystems = each(
  'filesystem',
  ({ devices }) => devices.filesystem,
  (device, path, def) => {
    if (device.type !== 'mount') return unsupported(path, 'only supports mount filesystem type');
    if (device.driver?.type !== 'virtiofs') return undefined;
    if (device.readonly) return unsupported(`${path}/readonly`, 'virtiofs does not yet support read-only mode');
    return sharesMemory(def) ? undefined : unsupported(path, "'virtiofs' requires shared memory");
  },
);

const vhostUserDisks = each(
  'disk',
  ({ devices }) => devices.disk,
  ({ type }, path, def) =>
    type === 'vhostuser' && !sharesMemory(def) ? unsupported(path, "'vhostuser' requires shared memory") : undefined,
);

const tpms: Rule = ({ devices }) =>
  devices.tpm.filter(({ model }) => model !== 'spapr-tpm-proxy').length > 1
    ? unsupported('devices/tpm[2]', 'only a single TPM non-proxy device is supported')
    : undefined;

const panics: Rule = ({ devices }) => {
  const again = repeated(devices.panic.map(({ model }) => model ?? 'isa'));
  return again
    ? refusal('XML_ERROR', `devices/panic[${again.index + 1}]`, `Multiple panic devices with model '${again.value}'`)
    : undefined;
};

const audios: Rule = ({ devices }) => {
  const ids = devices.audio.map(({ id }) => id);
  const again = repeated(ids);
  if (again) return refusal('XML_ERROR', `devices/audio[${again.index + 1}]`, `audio ID ${again.value} is used multiple times`);
  const lost = devices.sound.findIndex(({ audio }) => audio !== undefined && !ids.includes(audio.id));
  return lost < 0
    ? undefined
    : refusal('XML_ERROR', `devices/sound[${lost + 1}]/audio`, `no audio device with ID ${devices.sound[lost]?.audio?.id}`);
};

const iommus: Rule = (def) => {
  const { iommu } = def.devices;
  if (!iommu) return undefined;
  if (iommu.model === 'smmuv3') return unsupported('devices/iommu', "IOMMU device: 'smmuv3' is only supported with ARM Virt machines");
  if (!isQ35(def)) {
    const machines = iommu.model === 'intel' ? 'Q35 machines' : 'Q35 and ARM Virt machines';
    return unsupported('devices/iommu', `IOMMU device: '${iommu.model}' is only supported with ${machines}`);
  }
  if (iommu.model === 'virtio')
    return def.features?.acpi ? undefined : unsupported('devices/iommu', "IOMMU device: 'virtio' requires ACPI");
  return iommu.driver?.eim && !iommu.driver.intremap
    ? unsupported('devices/iommu/driver', 'IOMMU eim requires interrupt remapping to be enabled')
    : undefined;
};

const shmems = each(
  'shmem',
  ({ devices }) => devices.shmem,
  ({ model, server }, path) =>
    model.type === 'ivshmem-doorbell' && !server
      ? unsupported(path, "shmem model 'ivshmem-doorbell' is supported only with server option enabled")
      : undefined,
);

const smartcards: Rule = ({ devices }) => {
  const first = devices.smartcard[0]?.address;
  const elsewhere = first?.type === 'ccid' && first.controller + first.slot > 0;
  return devices.smartcard.length > 1 || elsewhere
    ? unsupported('devices/smartcard', 'this QEMU binary lacks multiple smartcard support')
    : undefined;
};

const foreign: Rule = ({ devices }) => {
  if (devices.nvram) return unsupported('devices/nvram', 'nvram device is only supported for PPC64');
  return devices.watchdog?.model === 'diag288'
    ? unsupported('devices/watchdog', 'diag288 model of watchdog is allowed for s390 and s390x only')
    : undefined;
};

export const deviceRules: readonly Rule[] = [
  aliases,
  controllers,
  controllerModels,
  consoles,
  serialPorts,
  videos,
  videoModels,
  screens,
  spicevmc,
  usbless,
  inputs,
  filesystems,
  vhostUserDisks,
  tpms,
  panics,
  audios,
  iommus,
  shmems,
  smartcards,
  foreign,
];
