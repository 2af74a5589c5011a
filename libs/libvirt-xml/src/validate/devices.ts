/** Rules about the other devices: how many there may be, and which settings go together. */
import { isQ35 } from '../assign/machine.js';
import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import { controllerRules } from './controllers.js';
import { sharesMemory } from './facts.js';
import { banned, bannedFor, refusal, repeated, unsupported, type Ban, type Rule } from './rule.js';

type DeviceOf<K extends keyof DevicesDef> = DevicesDef[K] extends readonly (infer T)[] ? T : never;

const aliases: Rule = ({ devices }) => {
  const all = Object.entries(devices).flatMap(([kind, held]) => aliasesOf(kind, held));
  const again = repeated(all.map(({ name }) => name));
  return again ? unsupported(`devices/${all[again.index]?.path ?? ''}/alias`, `non unique alias detected: ${again.value}`) : undefined;
};

interface Named {
  readonly name: string;
  readonly path: string;
}

/** The first console shares its serial port's name. */
function aliasesOf(kind: string, held: unknown): readonly Named[] {
  if (kind === 'console') return [];
  const list: readonly unknown[] = Array.isArray(held) ? held : [held];
  return list.flatMap((device, index) => (hasAlias(device) ? [{ name: device.alias.name, path: `${kind}[${index + 1}]` }] : []));
}

function hasAlias(device: unknown): device is { readonly alias: { readonly name: string } } {
  return typeof device === 'object' && device !== null && 'alias' in device && device.alias !== undefined;
}

const mainframeNumbers: Rule = ({ devices, os }) => {
  if (os.type.arch === 's390x') return undefined;
  const kinds = Object.entries(devices).map(([kind, held]) => ({ kind, list: Array.isArray(held) ? held : [held] }));
  const found = kinds.flatMap(({ kind, list }) => list.flatMap((device, index) => (hasZpci(device) ? [`${kind}[${index + 1}]`] : [])))[0];
  return found === undefined ? undefined : unsupported(`devices/${found}/address/zpci`, "This QEMU binary doesn't support zPCI");
};

function hasZpci(device: unknown): boolean {
  if (typeof device !== 'object' || device === null || !('address' in device)) return false;
  const { address } = device;
  return typeof address === 'object' && address !== null && 'zpci' in address;
}

const ISA_SERIAL_PORTS = 4;

const serials: readonly Ban<DeviceOf<'serial'>>[] = [
  {
    at: 'target',
    code: 'INTERNAL_ERROR',
    when: ({ target }) => target.type === 'isa-serial' && (target.port ?? 0) > ISA_SERIAL_PORTS,
    words: `Maximum supported number of ISA serial ports is '${ISA_SERIAL_PORTS}'`,
  },
];

const consoles: readonly Ban<DeviceOf<'console'>>[] = [
  {
    when: (one, { devices }) => devices.console[0] !== one && (one.target.type ?? 'serial') === 'serial',
    words: 'Only the first console can be a serial port',
  },
];

const elsewhere: Readonly<Record<string, string>> = {
  sclp: 'sclpconsole is not supported in this QEMU binary',
  sclplm: 'sclplmconsole is not supported in this QEMU binary',
};

const consoleTargets: readonly Ban<DeviceOf<'console'>>[] = [
  {
    at: 'target',
    when: ({ target }) => !['serial', 'virtio'].includes(target.type ?? 'serial'),
    words: ({ target: { type = '' } }) => elsewhere[type] ?? `unsupported console target type ${type}`,
  },
];

const inputs: readonly Ban<DeviceOf<'input'>>[] = [
  { at: '@bus', when: ({ type, bus }) => type === 'evdev' && bus !== undefined, words: "input evdev doesn't support bus element" },
  {
    at: '@bus',
    when: ({ type, bus }) => type === 'passthrough' && bus !== 'virtio',
    words: "only bus 'virtio' is supported for 'passthrough' input devices",
  },
  {
    code: 'INTERNAL_ERROR',
    when: ({ type, bus }) => bus === 'ps2' && type !== 'mouse' && type !== 'keyboard',
    words: ({ type }) => `ps2 bus does not support ${type} input device`,
  },
  { code: 'INTERNAL_ERROR', when: ({ bus }) => bus === 'xen' || bus === 'parallels', words: ({ bus }) => `unsupported input bus ${bus}` },
  {
    when: ({ model }) => model === 'virtio-transitional' || model === 'virtio-non-transitional',
    words: ({ type }) => `virtio (non-)transitional models are not supported for input type=${type}`,
  },
];

const filesystems: readonly Ban<DeviceOf<'filesystem'>>[] = [
  { when: ({ type }) => type !== 'mount', words: 'only supports mount filesystem type' },
  {
    at: 'readonly',
    when: ({ driver, readonly }) => driver?.type === 'virtiofs' && readonly === true,
    words: 'virtiofs does not yet support read-only mode',
  },
  { when: ({ driver }, def) => driver?.type === 'virtiofs' && !sharesMemory(def), words: "'virtiofs' requires shared memory" },
  {
    at: '@model',
    when: ({ driver, model }) => driver?.type === 'virtiofs' && model !== undefined,
    words: 'virtiofs does not support model',
  },
  {
    at: 'boot',
    when: ({ driver, boot }) => driver?.type !== 'virtiofs' && boot !== undefined,
    words: 'boot order is only supported for virtiofs',
  },
  {
    at: 'source',
    code: 'NO_SOURCE',
    when: (one) => one.type === 'mount' && one.source === undefined,
    words: ({ target }) => `missing source information for device ${target.dir}`,
  },
];

const shmems: readonly Ban<DeviceOf<'shmem'>>[] = [
  { at: 'model', when: ({ model }) => model.type === 'ivshmem', words: 'ivshmem device is not supported with this QEMU binary' },
  {
    when: ({ model, server }) => model.type === 'ivshmem-doorbell' && server === undefined,
    words: "shmem model 'ivshmem-doorbell' is supported only with server option enabled",
  },
];

const sounds: readonly Ban<DeviceOf<'sound'>>[] = [
  {
    code: 'INTERNAL_ERROR',
    when: ({ model }) => model === 'ich7',
    words: 'Cannot automatically add a new PCI bus for a device with connect flags 00',
  },
  {
    at: 'audio',
    code: 'XML_ERROR',
    when: ({ audio }, { devices }) => audio !== undefined && !devices.audio.some(({ id }) => id === audio.id),
    words: ({ audio }) => `no audio device with ID ${audio?.id}`,
  },
];

const audioIds: Rule = ({ devices }) => {
  const again = repeated(devices.audio.map(({ id }) => id));
  return again ? refusal('XML_ERROR', `devices/audio[${again.index + 1}]`, `audio ID ${again.value} is used multiple times`) : undefined;
};

const panics: Rule = ({ devices }) => {
  const again = repeated(devices.panic.map(({ model }) => model ?? 'isa'));
  const words = `Multiple panic devices with model '${again?.value}'`;
  return again ? refusal('XML_ERROR', `devices/panic[${again.index + 1}]`, words) : undefined;
};

function usesUsb({ devices }: DomainDef): boolean {
  const uses = [
    devices.input.some(({ bus }) => bus === 'usb'),
    devices.disk.some(({ target }) => target.bus === 'usb'),
    devices.hub.length + devices.redirdev.length > 0,
    devices.controller.some(({ type }) => type === 'ccid'),
    devices.sound.some(({ model }) => model === 'usb'),
  ];
  return uses.includes(true);
}

const machines: Readonly<Record<string, string>> = {
  intel: 'Q35 machines',
  virtio: 'Q35 and ARM Virt machines',
  smmuv3: 'ARM Virt machines',
};

const whole: readonly Ban<DomainDef>[] = [
  {
    at: 'devices/iommu/address',
    code: 'XML_ERROR',
    when: ({ devices }) => devices.iommu?.model === 'intel' && devices.iommu.address !== undefined,
    words: "iommu model 'intel' can't have address",
  },
  {
    at: 'devices/controller',
    when: (def) => usesUsb(def) && def.devices.controller.some((one) => one.type === 'usb' && one.model === 'none'),
    words: 'USB is disabled for this domain, but USB devices are present in the domain XML',
  },
  {
    at: 'devices/tpm[2]',
    when: ({ devices }) => devices.tpm.filter(({ model }) => model !== 'spapr-tpm-proxy').length > 1,
    words: 'only a single TPM non-proxy device is supported',
  },
  {
    at: 'devices/tpm',
    when: ({ devices }) => devices.tpm.some(({ model = '' }) => model.startsWith('tpm-spapr')),
    words: 'The QEMU executable does not support TPM models of other machines',
  },
  {
    at: 'devices/memballoon',
    code: 'INTERNAL_ERROR',
    when: ({ devices }) => devices.memballoon?.model === 'xen',
    words: 'Cannot automatically add a new PCI bus for a device with connect flags 00',
  },
  {
    at: 'devices/smartcard',
    when: ({ devices }) => devices.smartcard.some(({ address }) => address?.type === 'ccid' && address.controller + address.slot > 0),
    words: 'this QEMU binary lacks multiple smartcard support',
  },
  {
    at: 'devices/iommu',
    when: (def) => def.devices.iommu !== undefined && (def.devices.iommu.model === 'smmuv3' || !isQ35(def)),
    words: ({ devices }) => `IOMMU device: '${devices.iommu?.model}' is only supported with ${machines[devices.iommu?.model ?? '']}`,
  },
  {
    at: 'devices/iommu',
    when: ({ devices, features }) => devices.iommu?.model === 'virtio' && features?.acpi !== true,
    words: "IOMMU device: 'virtio' requires ACPI",
  },
  {
    at: 'devices/iommu/driver',
    when: ({ devices }) => devices.iommu?.driver?.eim === true && devices.iommu.driver.intremap !== true,
    words: 'IOMMU eim requires interrupt remapping to be enabled',
  },
  { at: 'devices/nvram', when: ({ devices }) => devices.nvram !== undefined, words: 'nvram device is only supported for PPC64' },
  {
    at: 'devices/watchdog',
    when: ({ devices }) => devices.watchdog?.model === 'diag288',
    words: 'diag288 model of watchdog is allowed for s390 and s390x only',
  },
];

const panicAddresses: readonly Ban<DeviceOf<'panic'>>[] = [
  { when: ({ model }) => model === 'pseries', words: "only pSeries guests support panic device of model 'pseries'" },
  { when: ({ model }) => model === 's390', words: "only S390 guests support panic device of model 's390'" },
  {
    at: 'address',
    when: ({ model, address }) => (model ?? 'isa') === 'isa' && address !== undefined && address.type !== 'isa',
    words: 'panic is supported only with ISA address type',
  },
];

export const deviceRules: readonly Rule[] = [
  aliases,
  mainframeNumbers,
  ...controllerRules,
  bannedFor('console', consoles),
  bannedFor('console', consoleTargets),
  bannedFor('serial', serials),
  bannedFor('input', inputs),
  bannedFor('filesystem', filesystems),
  bannedFor('shmem', shmems),
  audioIds,
  bannedFor('sound', sounds),
  panics,
  bannedFor('panic', panicAddresses),
  banned(whole),
];
