import type { DomainDef } from '@virtbus/libvirt-xml';
import type { ScreenAddress } from './screen-relay.js';

type Graphics = DomainDef['devices']['graphics'][number];
type Vnc = Extract<Graphics, { readonly type: 'vnc' }>;

/** Addresses that mean the host itself, or every address of it: no client is told by them where it is. */
const nobodys: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::']);

/** Whether a screen is served where only its host reaches it: on the socket that the host-agent gave it, or on a port there. */
export const isRelayed = (one: Graphics, uuid: string): one is Vnc => {
  if (one.type !== 'vnc') return false;
  const [listen] = one.listen;
  if (listen?.type === 'socket') return listen.socket?.endsWith(`/${uuid}/vnc.sock`) ?? false;
  return (one.port ?? 0) > 0 && nobodys.has(addressOf(listen));
};

/** As QEMU is told when nothing is said. */
const addressOf = (listen: Vnc['listen'][number] | undefined): string =>
  listen?.type === 'address' ? (listen.address ?? '127.0.0.1') : '127.0.0.1';

/** Whether a running domain has a screen that is shown at the gateway. */
export const hasRelayedScreen = ({ uuid = '', devices }: DomainDef): boolean => devices.graphics.some((one) => isRelayed(one, uuid));

/** The live definition as the gateway's clients see it: the screen is where the gateway serves it. */
export function withShownScreen(definition: DomainDef, { address, port }: ScreenAddress): DomainDef {
  const { uuid = '', devices } = definition;
  const graphics = devices.graphics.map((one): Graphics => {
    if (!isRelayed(one, uuid)) return one;
    const anyPort = one.listen[0]?.type === 'socket';
    const { socket: _, ...rest } = one;
    return { ...rest, port, autoport: anyPort, listenAddress: address, listen: [{ type: 'address', address }] };
  });
  return { ...definition, devices: { ...devices, graphics } };
}
