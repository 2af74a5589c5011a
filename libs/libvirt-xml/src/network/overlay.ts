/**
 * `<overlay>` in a network's `<metadata>`: the network spans hosts. It lies in a namespace of its own, so that the document stays one
 * that libvirt takes, and keeps, unchanged.
 */
import { LibvirtError } from '../errors/libvirt-error.js';
import { isForeignElement, type ForeignElement, type ForeignNode } from '../model/foreign.js';
import { NETWORK } from './network-name.js';
import { isLayer3 } from './network-rules.js';
import type { NetworkDef } from './network.js';

export const OVERLAY_NAMESPACE = 'https://virtbus.dev/xmlns/network/1';
/** IANA's for VXLAN. */
const VXLAN_PORT = 4789;
const VNI_MAX = 16_777_215;
const PATH = '/network/metadata/overlay';

export interface OverlayDef {
  readonly type: 'vxlan';
  /** The network identifier that is asked for; absent: any. */
  readonly vni?: number;
  /** UDP. */
  readonly port: number;
}

/** How the network spans hosts; undefined when it does not. @throws LibvirtError XML_ERROR, CONFIG_UNSUPPORTED */
export function overlayOf(network: NetworkDef): OverlayDef | undefined {
  const found = network.metadata && elementIn(network.metadata);
  if (!found) return undefined;
  const { type, vni, port, ...unknown } = Object.fromEntries(found.attributes.filter(([name]) => !name.startsWith('xmlns')));
  const [odd] = Object.keys(unknown);
  if (odd !== undefined || found.children.some(isForeignElement)) throw unsupported('what <overlay> holds beside type, vni and port', odd);
  if (type !== 'vxlan') throw unsupported(`overlay type '${type ?? ''}': there is only 'vxlan'`, 'type');
  refuseOddNetwork(network);
  return {
    type,
    port: port === undefined ? VXLAN_PORT : numberOf('port', port, 65_535),
    ...(vni === undefined ? {} : { vni: numberOf('vni', vni, VNI_MAX) }),
  };
}

function elementIn(metadata: ForeignElement): ForeignElement | undefined {
  return metadata.children.find((child: ForeignNode): child is ForeignElement => isForeignElement(child) && isOverlay(child, metadata));
}

function isOverlay(child: ForeignElement, metadata: ForeignElement): boolean {
  const [prefix, local] = child.name.includes(':') ? child.name.split(':', 2) : [undefined, child.name];
  const declaration = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
  const uri = [...child.attributes, ...metadata.attributes].find(([name]) => name === declaration)?.[1];
  return local === 'overlay' && uri === OVERLAY_NAMESPACE;
}

/** Frames between hosts are sent where netd says, so nobody else may keep the forwarding table; and a bridge of ours must be there. */
function refuseOddNetwork({ forward, bridge }: NetworkDef): void {
  if (!isLayer3(forward?.mode))
    throw unsupported(`an overlay with forward mode='${forward?.mode ?? ''}': the network needs a bridge of its own`);
  if (bridge?.macTableManager === 'kernel')
    throw unsupported("an overlay with macTableManager='kernel': its hosts are told where each MAC is");
}

function numberOf(name: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new LibvirtError('XML_ERROR', `Invalid ${name} '${text}' of <overlay>: a number from 1 to ${most} is expected`, {
    domain: NETWORK,
    path: `${PATH}/@${name}`,
  });
}

const unsupported = (words: string, attribute?: string): LibvirtError =>
  new LibvirtError('CONFIG_UNSUPPORTED', words, { domain: NETWORK, path: attribute === undefined ? PATH : `${PATH}/@${attribute}` });
