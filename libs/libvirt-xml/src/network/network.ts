import { attr, child, children } from '../model/field.js';
import { element, foreign, leaf, type FieldsValue } from '../model/element.js';
import { filled, text, uint, yesNo } from '../model/scalar.js';
import { defined } from '../model/defined.js';
import { fault, xmlError, type Place } from '../model/place.js';
import type { ReadContext } from '../model/read.js';
import { mac } from '../formats/mac.js';
import { uuid } from '../formats/uuid.js';
import { bandwidth } from '../shared/bandwidth.js';
import { staticRoute } from '../shared/route.js';
import { virtualport } from '../shared/virtualport.js';
import { vlan } from '../shared/vlan.js';
import { bridge } from './bridge.js';
import { dns } from './dns.js';
import { forward } from './forward.js';
import { ip } from './ip.js';
import { NETWORK, networkName } from './network-name.js';
import { checkNetwork, isLayer3 } from './network-rules.js';
import { portgroup } from './portgroup.js';

const dnsmasqNamespace = { prefix: 'dnsmasq', uri: 'http://libvirt.org/schemas/network/dnsmasq/1.0' };

const dnsmasqOptions = element({
  option: children(
    element({ value: attr(text, { required: (at) => fault(at, 'INTERNAL_ERROR', 'No dnsmasq option value specified', NETWORK) }) }),
    {
      ns: dnsmasqNamespace,
    },
  ),
});

export const networkFields = {
  ipv6: attr(yesNo, { blank: [false], doc: 'Whether guests may talk IPv6 to each other although the host has no IPv6 address here.' }),
  trustGuestRxFilters: attr(yesNo),
  connections: attr(uint(), { live: true, blank: [0] }),
  name: child(leaf(text), { required: (at) => fault(at, 'NO_NAME', 'missing name information', NETWORK) }),
  uuid: child(leaf(uuid, { invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `malformed uuid element '${given}'`, NETWORK) })),
  metadata: child(foreign),
  forward: child(forward),
  bridge: child(bridge),
  mtu: child(
    element(
      {
        size: attr(uint(), {
          blank: [0],
          invalid: (given, at) => xmlError(at, `Invalid mtu size '${given}' in network '${networkName(at)}'`, NETWORK),
        }),
      },
      { emptyIsAbsent: true },
    ),
  ),
  mac: child(
    element({
      address: attr(mac, {
        required: true,
        invalid: (given, at) => xmlError(at, `Invalid bridge mac address '${given}' in network '${networkName(at)}'`, NETWORK),
      }),
    }),
  ),
  domain: child(
    element({ name: attr(filled), localOnly: attr(yesNo) }, { refine: (value) => (value.name === undefined ? undefined : value) }),
  ),
  dns: child(dns),
  vlan: child(vlan),
  bandwidth: child(bandwidth({ floor: false, classId: false })),
  port: child(element({ isolated: attr(yesNo) }, { emptyIsAbsent: true })),
  ip: children(ip),
  route: children(staticRoute((at) => `network '${networkName(at)}'`)),
  virtualport: child(virtualport({ typeRequired: true, complete: false, generate: false })),
  portgroup: children(portgroup),
  options: child(dnsmasqOptions, { ns: dnsmasqNamespace, doc: 'Lines for the configuration of dnsmasq, as they are.' }),
};

export type NetworkDef = FieldsValue<typeof networkFields>;

/** A virtual network. */
export const network = element(networkFields, { refine: refineNetwork });

function refineNetwork(value: NetworkDef, at: Place, context: ReadContext): NetworkDef {
  checkNetwork(value, at);
  const uuidOf = value.uuid ?? context.newUuid?.();
  const named: NetworkDef = { ...value, ...defined({ uuid: uuidOf }) };
  return isLayer3(value.forward?.mode) ? withBridge(named, context) : named;
}

/** A bridge of the host's own always has these two settings, and an address of its own once it is defined. */
function withBridge(value: NetworkDef, { newMac }: ReadContext): NetworkDef {
  const { stp = true, delay = 0, ...bridgeOf } = value.bridge ?? {};
  const address = value.mac?.address ?? newMac?.();
  return { ...value, bridge: { ...bridgeOf, stp, delay }, ...(address === undefined ? {} : { mac: { address } }) };
}
