/** What is left unsaid of PCI controllers: QEMU's device, chassis, port and bus numbers. */
import type { ControllerDef } from '../../devices/controller.js';
import type { DomainDef } from '../../domain/domain.js';

type PciController = Extract<ControllerDef, { readonly type: 'pci' }>;
type ModelName = NonNullable<PciController['modelName']>['name'];

/** @param rootPorts whether the emulator has generic root ports; the older ones are Intel's. */
export function fillPciControllers(def: DomainDef, rootPorts: boolean): DomainDef {
  const controller: ControllerDef[] = [];
  for (const one of def.devices.controller) {
    const others = [...controller, ...def.devices.controller.slice(controller.length)];
    controller.push(one.type === 'pci' ? fill(one, rootPorts, others) : one);
  }
  return { ...def, devices: { ...def.devices, controller } };
}

function fill(controller: PciController, rootPorts: boolean, all: readonly ControllerDef[]): PciController {
  const name = controller.modelName?.name ?? defaultName(controller, rootPorts);
  const target = { ...defaultTarget(controller, all), ...controller.target };
  return {
    ...controller,
    ...(name === undefined ? {} : { modelName: { name } }),
    ...(Object.keys(target).length === 0 ? {} : { target }),
  };
}

const names: Readonly<Record<string, ModelName>> = {
  'pci-bridge': 'pci-bridge',
  'dmi-to-pci-bridge': 'i82801b11-bridge',
  'pcie-to-pci-bridge': 'pcie-pci-bridge',
  'pcie-switch-upstream-port': 'x3130-upstream',
  'pcie-switch-downstream-port': 'xio3130-downstream',
  'pci-expander-bus': 'pxb',
  'pcie-expander-bus': 'pxb-pcie',
};

function defaultName({ model }: PciController, rootPorts: boolean): ModelName {
  if (model === 'pcie-root-port') return rootPorts ? 'pcie-root-port' : 'ioh3420';
  return model === undefined ? undefined : names[model];
}

function defaultTarget(controller: PciController, all: readonly ControllerDef[]): NonNullable<PciController['target']> {
  const { model, index = 0 } = controller;
  const { slot, function: fn } = placeOf(controller);
  switch (model) {
    case 'pci-bridge':
      return { chassisNr: index };
    case 'pcie-root-port':
      return { chassis: index, port: (slot << 3) | fn };
    case 'pcie-switch-downstream-port':
      return { chassis: index, port: slot };
    case 'pci-expander-bus':
    case 'pcie-expander-bus':
      return controller.target?.busNr === undefined ? { busNr: freeBusNumber(all) } : {};
    default:
      return {};
  }
}

const placeOf = ({ address }: PciController): { readonly slot: number; readonly function: number } =>
  address?.type === 'pci' ? address : { slot: 0, function: 0 };

const BUS_NUMBERS = 256;

/** Expander buses are numbered from the top down, with room for one bus below each. */
function freeBusNumber(all: readonly ControllerDef[]): number {
  const lowest = all.reduce((found, one) => (one.type === 'pci' ? Math.min(found, one.target?.busNr ?? BUS_NUMBERS) : found), BUS_NUMBERS);
  return lowest - 2;
}
