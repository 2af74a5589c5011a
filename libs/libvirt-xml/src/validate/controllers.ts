/** Which controllers there may be, and what each can be told. */
import { isQ35 } from '../assign/machine.js';
import type { ControllerDef } from '../devices/controller.js';
import type { DomainDef } from '../domain/domain.js';
import { bannedFor, refusal, repeated, type Ban, type Rule } from './rule.js';

const controllerNumbers: Rule = ({ devices }) => {
  const again = repeated(devices.controller.map((one) => (one.master ? undefined : `${one.type}:${one.index}`)));
  const [type, index] = again?.value?.split(':') ?? [];
  const words = `Multiple '${type}' controllers with index '${index}'`;
  return again ? refusal('XML_ERROR', `devices/controller[${again.index + 1}]`, words) : undefined;
};

const isCompanion = (one: ControllerDef): boolean => one.type === 'usb' && modelOf(one).startsWith('ich9-uhci');
const isMasterOf = (other: ControllerDef, one: ControllerDef): boolean =>
  other.type === 'usb' && other.index === one.index && !isCompanion(other);

const modelOf = (one: ControllerDef): string => ('model' in one ? (one.model ?? '') : '');
const XHCI_PORTS_MAX = 15;

const controllers: readonly Ban<ControllerDef>[] = [
  {
    when: (one) => one.type === 'scsi' && ['buslogic', 'ncr53c90'].includes(modelOf(one)),
    words: (one) => `Unsupported controller model: ${modelOf(one)}`,
  },
  {
    when: (one, def) => one.type === 'ide' && isQ35(def),
    words: 'IDE controllers are unsupported for this QEMU binary or machine type',
  },
  {
    code: 'INTERNAL_ERROR',
    when: (one) => one.type === 'isa',
    words: 'Cannot automatically add a new PCI bus for a device with connect flags 00',
  },
  {
    code: 'XML_DETAIL',
    when: (one, { devices }) => isCompanion(one) && !devices.controller.some((other) => isMasterOf(other, one)),
    words: 'No master USB controller specified',
  },
  { when: (one) => one.type === 'ide' && one.index !== 0, words: 'Only a single IDE controller is supported for this machine type' },
  {
    when: (one) => one.type === 'usb' && ['qusb1', 'qusb2'].includes(modelOf(one)),
    words: "USB controller model type 'qusb1' or 'qusb2' is not supported in qemu",
  },
  {
    code: 'XML_DETAIL',
    when: (one, { devices }) =>
      one.type === 'usb' &&
      one.model !== 'none' &&
      devices.controller.some((other) => other.type === 'usb' && other.model === 'none' && other.index === 0),
    words: "Can't add another USB controller: USB is disabled for this domain",
  },
  {
    when: (one) => one.type === 'usb' && (one.ports ?? 0) > XHCI_PORTS_MAX,
    words: (one) => `'${modelOf(one)}' controller only supports up to '${XHCI_PORTS_MAX}' ports`,
  },
];

type PciController = Extract<ControllerDef, { readonly type: 'pci' }>;

/** What each model of PCI controller can be told of its target. */
const targetOptions: Readonly<Record<string, readonly (keyof NonNullable<PciController['target']>)[]>> = {
  'pci-bridge': ['chassisNr'],
  'dmi-to-pci-bridge': [],
  'pcie-to-pci-bridge': [],
  'pcie-root-port': ['chassis', 'port', 'hotplug'],
  'pcie-switch-upstream-port': [],
  'pcie-switch-downstream-port': ['chassis', 'port', 'hotplug'],
  'pci-expander-bus': ['busNr', 'node'],
  'pcie-expander-bus': ['busNr', 'node'],
  'pci-root': ['hotplug', 'node'],
  'pcie-root': [],
};

const targetNames = { index: 'targetIndex', node: 'numaNode' } as const;

/** An option of the target that the model has not. */
function strangeOption(one: ControllerDef): string | undefined {
  if (one.type !== 'pci') return undefined;
  const known: readonly string[] = targetOptions[modelOf(one)] ?? Object.keys(one.target ?? {});
  const strange = Object.keys(one.target ?? {}).find((name) => !known.includes(name));
  return strange === undefined ? undefined : ((targetNames as Readonly<Record<string, string>>)[strange] ?? strange);
}

const nodeOf = (one: ControllerDef): number | undefined => (one.type === 'pci' ? one.target?.node : undefined);
const cellsOf = ({ cpu }: DomainDef): number => cpu?.numa?.cell.length ?? 0;
const describePci = (one: ControllerDef): string => {
  const name = one.type === 'pci' ? (one.modelName?.name ?? 'none') : 'none';
  return `PCI controller with index '${one.index}', model '${modelOf(one)}' and modelName '${name}'`;
};

/** Devices of QEMU that each model of PCI controller can be. */
const modelNames: Readonly<Record<string, readonly string[]>> = {
  'pci-bridge': ['pci-bridge'],
  'dmi-to-pci-bridge': ['i82801b11-bridge'],
  'pcie-to-pci-bridge': ['pcie-pci-bridge'],
  'pcie-root-port': ['ioh3420', 'pcie-root-port'],
  'pcie-switch-upstream-port': ['x3130-upstream'],
  'pcie-switch-downstream-port': ['xio3130-downstream'],
  'pci-expander-bus': ['pxb'],
  'pcie-expander-bus': ['pxb-pcie'],
};

function hasStrangeName(one: ControllerDef): boolean {
  if (one.type !== 'pci' || one.modelName === undefined) return false;
  return modelNames[modelOf(one)]?.includes(one.modelName.name ?? '') === false;
}

const pciControllers: readonly Ban<ControllerDef>[] = [
  {
    code: 'INTERNAL_ERROR',
    when: (one) => one.type === 'pci' && one.model === undefined,
    words: 'PCI controller model was not set correctly',
  },
  {
    at: 'model',
    when: hasStrangeName,
    words: (one) => `Option 'modelName' has invalid value for ${describePci(one)}`,
  },
  {
    at: 'target/node',
    code: 'XML_ERROR',
    when: (one, def) => (nodeOf(one) ?? -1) >= cellsOf(def),
    words: (one, def) =>
      `${modelOf(one)} with index ${one.index} is configured for a NUMA node (${nodeOf(one)}) not present in the domain's <cpu><numa> array (${cellsOf(def)})`,
  },
  {
    at: 'target',
    when: (one) => one.type === 'pci' && one.target?.chassisNr === 0,
    words: "PCI controller chassisNr '0' out of range - must be 1-255",
  },
  {
    at: 'target',
    when: (one) => strangeOption(one) !== undefined,
    words: (one) => `Option '${strangeOption(one)}' is not valid for ${describePci(one)}`,
  },
];

export const controllerRules: readonly Rule[] = [
  controllerNumbers,
  bannedFor('controller', controllers),
  bannedFor('controller', pciControllers),
];
