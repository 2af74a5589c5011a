/** Network cards: QEMU's end of the host (`-netdev`) and the guest's card (`-device`), one beside the other. */
import type { JsonObject } from '../argv/json.js';
import { chardev, device, keyValues, netdev, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { NetInterface } from '../domain-parts.js';
import { addressProps } from './device-address.js';
import { interfaceBackend, type CardBackend } from './interface-backend.js';
import { isVirtioCard, virtioCard } from './interface-virtio.js';
import { virtioName } from './virtio.js';

export const interfaces: Builder = (context) =>
  each('interface', context.domain.devices.interface, (net, at) => (isAssigned(context, net, at) ? [] : card(context, net, at)));

/** Built with the host devices: no netdev, and the card is the host's. */
export const isAssigned = ({ host }: Context, net: NetInterface, at: string): boolean =>
  net.type === 'hostdev' || host.interfaces.some(({ alias, type }) => alias === aliasOf(net, at) && type === 'hostdev');

/** A network card and its connection: at start as options, later as commands of the monitor. */
export interface NetworkCard extends CardBackend {
  readonly device: JsonObject & { readonly driver: string; readonly id: string };
}

/** Name of the connection behind a card. */
export const netdevId = (alias: string): string => `host${alias}`;

export function networkCard(context: Context, net: NetInterface, at: string): NetworkCard {
  const alias = aliasOf(net, at);
  const id = netdevId(alias);
  return {
    ...interfaceBackend(context, net, { alias, netdev: id, at }),
    device: {
      driver: cardDriver(net),
      ...virtioCard(net, at),
      netdev: id,
      id: alias,
      mac: net.mac?.address,
      bootindex: context.bootIndex.get(alias),
      ...addressProps(context, net, at),
    },
  };
}

function card(context: Context, net: NetInterface, at: string): Argv {
  const parts = networkCard(context, net, at);
  const { chardev: socket, fdSet } = parts;
  return [
    ...(socket ? chardev('socket', { ...socket }) : []),
    ...(fdSet ? ['-add-fd', keyValues(undefined, { ...fdSet })] : []),
    ...netdev(parts.netdev),
    ...device(parts.device),
  ];
}

function cardDriver(net: NetInterface): string {
  const model = net.model?.type ?? 'rtl8139';
  return isVirtioCard(net) ? virtioName('virtio-net', { model, ...(net.address && { address: net.address }) }) : model;
}
