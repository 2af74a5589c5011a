import { defined, type PoolDemand } from '@virtbus/contracts';
import { devicePoolOf, type NetworkDef, type NetworkDevicePool } from '@virtbus/libvirt-xml';

/** What interfaces on these networks, named once for each, take from pools of devices. */
export function poolDemands(networks: readonly string[], definitions: readonly NetworkDef[]): PoolDemand[] {
  return definitions.flatMap((network) => {
    const pool = devicePoolOf(network);
    const count = networks.filter((name) => name === network.name).length;
    return pool && count > 0 ? [demandOf(network, pool, count)] : [];
  });
}

/** A private macvtap is its device's only one behind a switch that 802.1Qbh configures. */
function demandOf({ name, virtualport }: NetworkDef, pool: NetworkDevicePool, count: number): PoolDemand {
  const { mode, pf, links, addresses } = pool;
  const exclusive = mode === 'passthrough' || mode === 'hostdev' || (mode === 'private' && virtualport?.type === '802.1Qbh');
  return {
    network: name,
    mode,
    exclusive,
    count,
    ...defined({ pf, links: links && [...links], addresses: addresses && [...addresses] }),
  };
}
