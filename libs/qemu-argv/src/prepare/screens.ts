/** Ports of screens that may have any. */
import type { Devices, Graphics } from '../domain-parts.js';

export type ScreenPort = 'vnc' | 'vnc-websocket' | 'spice' | 'spice-tls';

export interface ScreenOptions {
  /** A free port of the host; undefined leaves the choice open. */
  readonly port?: (kind: ScreenPort) => number | undefined;
}

export const withPorts = (devices: Devices, options: ScreenOptions): Devices['graphics'] =>
  devices.graphics.map((one) => (isOpen(one) ? withPort(one, options) : one));

const isAny = (port: number | undefined): boolean => port === undefined || port === -1;

/** Listens somewhere, on whatever port is free. */
function isOpen(one: Graphics): boolean {
  if (one.type !== 'vnc' && one.type !== 'spice') return false;
  const end = one.listen[0]?.type;
  if (end === 'socket' || end === 'none') return false;
  return one.autoport === true || (one.type === 'vnc' && isAny(one.port));
}

type Of<T extends Graphics['type']> = Extract<Graphics, { readonly type: T }>;

function withPort(one: Graphics, { port }: ScreenOptions): Graphics {
  if (!port) return one;
  if (one.type === 'vnc') return withGiven(one, vncPorts(one, port));
  return one.type === 'spice' ? withGiven(one, spicePorts(one, port)) : one;
}

type FreePort = NonNullable<ScreenOptions['port']>;

const vncPorts = ({ port, websocket }: Of<'vnc'>, free: FreePort) => ({
  port: isAny(port) ? free('vnc') : undefined,
  websocket: websocket === -1 ? free('vnc-websocket') : undefined,
});

/** A default for all channels leaves the other kind of port unused. */
const spicePorts = ({ port, tlsPort, defaultMode }: Of<'spice'>, free: FreePort) => ({
  port: isAny(port) && defaultMode !== 'secure' ? free('spice') : undefined,
  tlsPort: isAny(tlsPort) && defaultMode !== 'insecure' ? free('spice-tls') : undefined,
});

/** Only what has a value replaces what is there. */
function withGiven<T extends object>(value: T, given: Readonly<Record<string, number | undefined>>): T {
  const entries = Object.entries(given).filter(([, number]) => number !== undefined);
  return { ...value, ...Object.fromEntries(entries) };
}
