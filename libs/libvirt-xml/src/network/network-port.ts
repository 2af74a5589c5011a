import { attr, byTag, child, forTags } from '../model/field.js';
import { element, leaf, tagged, type ValueOf } from '../model/element.js';
import { oneOf, text, yesNo } from '../model/scalar.js';
import { fault, xmlError, type Place } from '../model/place.js';
import { mac } from '../formats/mac.js';
import { uuid } from '../formats/uuid.js';
import { bandwidth } from '../shared/bandwidth.js';
import { pciAddressFields } from '../shared/device-address.js';
import { virtualport } from '../shared/virtualport.js';
import { vlan } from '../shared/vlan.js';
import { NETWORK } from './network-name.js';

const internal = (at: Place, words: string) => fault(at, 'INTERNAL_ERROR', words, NETWORK);
const missing = (what: string) => (at: Place) => internal(at, `network port has no ${what}`);
const notUuid = (given: string, at: Place) => internal(at, `Unable to parse UUID '${given}'`);

const owner = element({
  name: child(leaf(text), { required: missing('owner name') }),
  uuid: child(leaf(uuid, { invalid: notUuid }), { required: missing('owner UUID') }),
});

/** How the port is plugged: what the network answered. */
const plug = tagged('type', {
  type: attr(oneOf('none', 'network', 'bridge', 'direct', 'hostdev-pci'), { fallback: 'none' }),
  bridge: forTags(['network', 'bridge'], attr(text, { required: (at) => xmlError(at, 'Missing network port bridge name', NETWORK) })),
  dev: byTag({ direct: attr(text, { required: (at) => xmlError(at, 'Missing network port link device name', NETWORK) }) }),
  macTableManager: forTags(
    ['network', 'bridge'],
    attr(oneOf('kernel', 'libvirt'), {
      invalid: (given, at) => xmlError(at, `Invalid macTableManager setting '${given}' in network port`, NETWORK),
    }),
  ),
  mode: byTag({ direct: attr(oneOf('vepa', 'private', 'bridge', 'passthrough'), { fallback: 'vepa' }) }),
  managed: byTag({ 'hostdev-pci': attr(yesNo, { fallback: false }) }),
  driver: byTag({ 'hostdev-pci': child(element({ name: attr(oneOf('kvm', 'vfio', 'xen'), { required: true }) })) }),
  address: byTag({
    'hostdev-pci': child(element(pciAddressFields), { required: (at) => xmlError(at, 'Missing network port PCI address', NETWORK) }),
  }),
});

/** A connection of an interface to a network, as the network has granted it. */
export const networkPort = element(
  {
    uuid: child(leaf(uuid, { invalid: notUuid }), { required: missing('uuid') }),
    owner: child(owner, { required: missing('owner name') }),
    group: child(leaf(text), { doc: 'Name of the port group.' }),
    mac: child(
      element({ address: attr(mac, { required: missing('mac'), invalid: (given, at) => internal(at, `Unable to parse MAC '${given}'`) }) }),
      { required: missing('mac') },
    ),
    virtualport: child(virtualport({ typeRequired: false, complete: false, generate: false })),
    bandwidth: child(bandwidth({ floor: true, classId: true })),
    vlan: child(vlan),
    port: child(element({ isolated: attr(yesNo) }, { emptyIsAbsent: true })),
    rxfilters: child(element({ trustGuest: attr(yesNo) }, { emptyIsAbsent: true })),
    plug: child(plug),
  },
  { refine: ({ plug: given, ...rest }) => (given === undefined || given.type === 'none' ? rest : { ...rest, plug: given }) },
);

export type NetworkPortDef = ValueOf<typeof networkPort>;
