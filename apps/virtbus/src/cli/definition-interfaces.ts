import type { NetDef } from '@virtbus/libvirt-xml';
import type { InterfaceRow } from './core/interface-row.js';

/** Which attribute of its source virsh shows for a type; of the other types it shows none. */
const SHOWN: Readonly<Record<string, string>> = {
  network: 'network',
  bridge: 'bridge',
  direct: 'dev',
  vdpa: 'dev',
  internal: 'name',
  vhostuser: 'path',
};

function sourceOf(net: NetDef): string | undefined {
  const shown = Object.entries('source' in net ? (net.source ?? {}) : {}).find(([name]) => name === SHOWN[net.type]);
  return typeof shown?.[1] === 'string' ? shown[1] : undefined;
}

/** The interfaces of a definition. The XML reader is loaded only for those who ask. */
export async function definitionInterfaces(xml: string): Promise<InterfaceRow[]> {
  const { parseDomain } = await import('@virtbus/libvirt-xml');
  const { devices } = parseDomain(xml);
  return (devices?.interface ?? []).map((net) => ({
    type: net.type,
    target: net.target?.dev,
    source: sourceOf(net),
    model: net.model?.type,
    mac: net.mac?.address,
  }));
}
