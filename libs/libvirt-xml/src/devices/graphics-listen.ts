/** Where a screen is served: `listen` elements and the attributes that repeat them. */
import { unsupported, xmlError, type Place } from '../model/place.js';
import type { GraphicsDef } from './graphics.js';

type Served = Extract<GraphicsDef, { readonly listen: readonly unknown[] }>;
type Listen = Served['listen'][number];

export function tidyListens(value: GraphicsDef, at: Place): GraphicsDef {
  if (!('listen' in value)) return value;
  const listen = value.listen.length > 0 ? value.listen : [impliedListen(value)];
  checkRepeats(value, listen, at);
  return withRepeats(tidyPorts({ ...value, listen }), listen[0]);
}

/** Without an element the attributes say where; without those it is wherever the host's configuration says. */
function impliedListen(value: Served): Listen {
  const silent = value.type === 'spice' && value.port === undefined && value.tlsPort === undefined && value.autoport !== true;
  if (silent && value.listenAddress === undefined) return { type: 'none' };
  if (value.type === 'vnc' && value.socket !== undefined) return { type: 'socket', socket: value.socket };
  return value.listenAddress === undefined || value.listenAddress === ''
    ? { type: 'address' }
    : { type: 'address', address: value.listenAddress };
}

function checkRepeats(value: Served, listen: readonly Listen[], at: Place): void {
  const first = listen.find((one) => one.type === 'address');
  const { listenAddress } = value;
  if (listenAddress && first?.address !== undefined && first.address !== listenAddress) {
    throw unsupported(
      at,
      `graphics 'listen' attribute '${listenAddress}' must match 'address' attribute of first listen element (found '${first.address}')`,
    );
  }
  const socket = listen.find((one) => one.type === 'socket');
  if (value.type === 'vnc' && value.socket !== undefined && socket?.socket !== undefined && socket.socket !== value.socket) {
    throw xmlError(
      at,
      `graphics 'socket' attribute '${value.socket}' must match 'socket' attribute of first listen element (found '${socket.socket}')`,
    );
  }
}

/** A port of -1 asks for any; asking for any leaves no port. */
function tidyPorts(value: Served): Served {
  if (value.listen[0]?.type === 'socket' || value.listen[0]?.type === 'none') return withoutPorts(value);
  if (value.type === 'spice') return tidySpicePorts(value);
  const any = value.autoport === true || value.port === -1 || (value.port === undefined && value.autoport === undefined);
  return any ? { ...value, port: -1, autoport: true } : { ...value, autoport: false };
}

function tidySpicePorts(value: Extract<Served, { type: 'spice' }>): Served {
  const any = value.autoport === true || (value.port === -1 && value.tlsPort === -1);
  if (!any) return { ...value, autoport: false };
  const { port: _, tlsPort: __, ...rest } = value;
  return { ...rest, autoport: true };
}

function withoutPorts(value: Served): Served {
  const { port: _, autoport: __, ...rest } = value;
  if (rest.type === 'vnc') {
    const { websocket: ___, ...vnc } = rest;
    return vnc;
  }
  if (rest.type !== 'spice') return rest;
  const { tlsPort: ____, ...spice } = rest;
  return spice;
}

/** The first element is repeated in attributes, for readers of old. */
function withRepeats(value: Served, first: Listen | undefined): Served {
  const { listenAddress: _, ...rest } = value;
  if (rest.type === 'vnc') return withVncRepeats(rest, first);
  const address = addressOf(first);
  return address === undefined ? rest : { ...rest, listenAddress: address };
}

type Vnc = Extract<Served, { readonly type: 'vnc' }>;

function withVncRepeats(value: Omit<Vnc, 'listenAddress'>, first: Listen | undefined): Vnc {
  const { socket: _, ...rest } = value;
  const address = addressOf(first);
  if (address !== undefined) return { ...rest, listenAddress: address };
  return first?.type === 'socket' && first.socket !== undefined ? { ...rest, socket: first.socket } : rest;
}

const addressOf = (listen: Listen | undefined): string | undefined =>
  listen?.type === 'address' || listen?.type === 'network' ? listen.address : undefined;
