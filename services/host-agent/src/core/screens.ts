import type { DomainDef } from '@virtbus/libvirt-xml';

type Vnc = Extract<DomainDef['devices']['graphics'][number], { readonly type: 'vnc' }>;

/** Where a guest's screen is served on its host: a socket's path, or a port. */
export type ScreenPlace = string | { readonly host: string; readonly port: number };

const isVnc = (one: DomainDef['devices']['graphics'][number]): one is Vnc => one.type === 'vnc';

const isAny = ({ port, autoport }: Vnc): boolean => autoport === true || port === undefined || port === -1;

/**
 * A screen that may be served on any port is served on a socket of the domain's own: nobody on the host's network reaches it, and
 * gateways do, wherever the guest is. One that asks for a port has it.
 */
export function withScreenSockets<D extends DomainDef>(definition: D, directory: string): D {
  const graphics = definition.devices.graphics.map((one) => (isVnc(one) && ofNetwork(one) && isAny(one) ? onSocket(one, directory) : one));
  return { ...definition, devices: { ...definition.devices, graphics } };
}

const ofNetwork = ({ listen }: Vnc): boolean => listen[0]?.type !== 'socket' && listen[0]?.type !== 'none';

function onSocket(one: Vnc, directory: string): Vnc {
  const { port: _port, autoport: _autoport, websocket: _websocket, listenAddress: _address, ...rest } = one;
  return { ...rest, listen: [{ type: 'socket', socket: `${directory}/vnc.sock` }] };
}

/** @returns undefined when there is no screen that VNC shows */
export function screenOf({ devices }: DomainDef, directory: string): ScreenPlace | undefined {
  const vnc = devices.graphics.find(isVnc);
  const listen = vnc?.listen[0];
  if (!vnc || listen?.type === 'none') return undefined;
  if (listen?.type === 'socket') return listen.socket ?? `${directory}/vnc.sock`;
  const { port } = vnc;
  return port === undefined || port < 0 ? undefined : { host: '127.0.0.1', port };
}
