import type { JsonObject } from '../argv/json.js';
import { aliasOf, type Context } from '../context.js';
import type { Controller } from '../domain-parts.js';
import { unprepared, unsupported } from '../refusal.js';

type PciController = Extract<Controller, { readonly type: 'pci' }>;
type Model = NonNullable<PciController['model']>;

/** What plays the model when the definition does not say. */
const drivers: Partial<Record<Model, string>> = {
  'pci-bridge': 'pci-bridge',
  'pci-expander-bus': 'pxb',
  'dmi-to-pci-bridge': 'i82801b11-bridge',
  'pcie-root-port': 'pcie-root-port',
  'pcie-switch-upstream-port': 'x3130-upstream',
  'pcie-switch-downstream-port': 'xio3130-downstream',
  'pcie-expander-bus': 'pxb-pcie',
  'pcie-to-pci-bridge': 'pcie-pci-bridge',
};

/** undefined: the root, which the board has. */
export function pciController({ host }: Context, one: PciController, at: string): JsonObject | undefined {
  const { model } = one;
  if (model === undefined) throw unprepared(`${at}/@model`, 'the model of the controller');
  if (model === 'pci-root' || model === 'pcie-root') return undefined;
  const driver = one.modelName?.name ?? drivers[model];
  if (driver === undefined || (host.capabilities.devices.length > 0 && !host.capabilities.devices.includes(driver))) {
    throw unsupported(at, `this QEMU has no device '${driver ?? model}'`);
  }
  return { driver, ...targetProps(one, model, aliasOf(one, at)) };
}

function targetProps({ target = {} }: PciController, model: Model, id: string): JsonObject {
  switch (model) {
    case 'pci-bridge':
      return { chassis_nr: target.chassisNr, id };
    case 'pci-expander-bus':
    case 'pcie-expander-bus':
      return { bus_nr: target.busNr, id, numa_node: target.node };
    case 'pcie-root-port':
    case 'pcie-switch-downstream-port':
      return { port: target.port, chassis: target.chassis, id, hotplug: target.hotplug };
    default:
      return { id };
  }
}
