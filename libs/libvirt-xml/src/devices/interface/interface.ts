import { attr, byTag, child, children } from '../../model/field.js';
import { saysNothing, tagged, type TaggedValue } from '../../model/element.js';
import { oneOf, yesNo } from '../../model/scalar.js';
import { defined } from '../../model/defined.js';
import { xmlError, type Place } from '../../model/place.js';
import type { ReadContext } from '../../model/read.js';
import { bandwidth } from '../../shared/bandwidth.js';
import { deviceWithRom } from '../../shared/device-info.js';
import { interfaceAddress, interfaceRoute } from '../../shared/interface-address.js';
import { virtualport } from '../../shared/virtualport.js';
import { vlan } from '../../shared/vlan.js';
import * as details from './details.js';
import { interfaceAssignment, interfaceDriver } from './driver.js';
import { interfaceModel, isVirtioModel } from './model.js';
import { checkInterface } from './rules.js';
import { interfaceSource } from './source.js';
import { interfaceTypes } from './type.js';

const complete = child(virtualport({ typeRequired: true, complete: true, generate: true }));

const fields = {
  type: attr(oneOf(...interfaceTypes), {
    fallback: 'user',
    invalid: (given, at) => xmlError(at, `Invalid value for attribute 'type' in element 'interface': '${given}'.`, 5),
  }),
  managed: byTag({ hostdev: attr(yesNo, { blank: [false] }) }),
  trustGuestRxFilters: attr(yesNo, { doc: "Whether the host's filters follow what the guest asks for." }),
  mac: details.interfaceMac,
  assignment: interfaceAssignment,
  source: interfaceSource,
  vlan: child(vlan),
  virtualport: byTag({
    network: child(virtualport({ typeRequired: false, complete: false, generate: true })),
    bridge: complete,
    direct: complete,
    hostdev: complete,
  }),
  bandwidth: child(bandwidth({ floor: true, classId: false })),
  port: details.isolation,
  ip: children(interfaceAddress),
  route: children(interfaceRoute),
  portForward: details.portForward,
  script: details.script,
  downscript: details.script,
  backenddomain: details.backenddomain,
  target: details.interfaceTarget,
  guest: details.guest,
  model: interfaceModel,
  driver: interfaceDriver,
  backend: details.backend,
  filterref: details.filterref,
  tune: details.tune,
  teaming: details.teaming,
  link: details.link,
  mtu: details.mtu,
  coalesce: details.coalesce,
  ...deviceWithRom,
};

export type NetDef = TaggedValue<typeof fields, 'type'>;

/** A network interface of the guest. */
export const netInterface = tagged('type', fields, { refine: refineInterface });

function refineInterface(value: NetDef, at: Place, { newMac }: ReadContext): NetDef {
  checkInterface(value, at);
  const tidied = withoutUnusable(value);
  const address = newMac && !tidied.mac ? newMac() : undefined;
  return address === undefined ? tidied : { ...tidied, mac: { address } };
}

/** Drops what libvirt does not keep for this type and model. */
function withoutUnusable(value: NetDef): NetDef {
  return withoutUserDevice(withoutTuning(value));
}

/** virtio's tuning means nothing to other models; what every virtio device has is kept, to be refused when it is used. */
function withoutTuning(value: NetDef): NetDef {
  if (isVirtioModel(value.model?.type)) return value;
  const { backend, ...withoutBackend } = value;
  const { vhost: _, ...tap } = backend ?? {};
  const plain: NetDef = backend === undefined ? value : saysNothing(tap) ? withoutBackend : { ...withoutBackend, backend: tap };
  if (plain.type === 'hostdev' || plain.driver === undefined) return plain;
  const { driver, ...rest } = plain;
  const options = defined({ iommu: driver.iommu, ats: driver.ats, packed: driver.packed, pagePerVq: driver.pagePerVq });
  return saysNothing(options) ? rest : { ...rest, driver: options };
}

/** Only passt takes the host's device that a user interface names. */
function withoutUserDevice(value: NetDef): NetDef {
  if (value.type !== 'user' || value.backend?.type === 'passt') return value;
  const { source: _, portForward: __, ...rest } = value;
  return { ...rest, portForward: [] };
}
