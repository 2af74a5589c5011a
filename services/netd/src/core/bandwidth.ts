import { defined, type Bandwidth } from '@virtbus/contracts';
import type { NetworkDef } from '@virtbus/libvirt-xml';

/** As messages have it. */
export const bandwidthOf = (bandwidth: NetworkDef['bandwidth']): Bandwidth | undefined =>
  bandwidth &&
  defined({ inbound: bandwidth.inbound && { ...bandwidth.inbound }, outbound: bandwidth.outbound && { ...bandwidth.outbound } });
