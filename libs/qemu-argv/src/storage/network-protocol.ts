/** Network sources as QEMU's protocol drivers take them (qapi/block-core.json BlockdevOptions). */
import type { JsonObject } from '../argv/json.js';
import { refuse, unsupported } from '../refusal.js';
import type { NetworkSource } from './place.js';
import { secretIds } from './secret-ids.js';

export interface NetworkNode {
  readonly source: NetworkSource;
  /** Name of the storage node, from which ids of its secrets derive. */
  readonly node: string;
  readonly at: string;
}

type Protocol = NetworkSource['protocol'];
type Host = NetworkSource['host'][number];

const defaultPorts: Partial<Record<Protocol, number>> = {
  nbd: 10809,
  ssh: 22,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  gluster: 24007,
  sheepdog: 7000,
  iscsi: 3260,
};

const portOf = (protocol: Protocol, host: Host): string => String(host.port ?? defaultPorts[protocol] ?? 0);

export function networkProtocol(network: NetworkNode): JsonObject {
  const build = builders[network.source.protocol];
  if (!build) throw unsupported(network.at, `QEMU reads no disk over '${network.source.protocol}'`);
  return build(network);
}

const curl = (network: NetworkNode): JsonObject => {
  const { source, node } = network;
  const auth = source.auth;
  return {
    driver: source.protocol,
    url: urlOf(network),
    username: auth?.username,
    'password-secret': auth && secretIds(node).auth,
    sslverify: source.ssl?.verify,
    'cookie-secret': source.cookies && source.cookies.cookie.length > 0 ? secretIds(node).cookie : undefined,
    readahead: source.readahead?.size,
    timeout: source.timeout?.seconds,
  };
};

function urlOf(network: NetworkNode): string {
  const { source } = network;
  const host = onlyHost(network);
  const path = (source.name ?? '').replace(/^\//, '');
  const query = source.query === undefined ? '' : `?${source.query}`;
  return `${source.protocol}://${bracketed(host.name ?? '')}:${portOf(source.protocol, host)}/${path}${query}`;
}

const nbd = (network: NetworkNode): JsonObject => {
  const { source, node } = network;
  return {
    driver: 'nbd',
    server: socketAddress(network, onlyHost(network), 'inet'),
    export: source.name,
    'tls-creds': source.tls ? secretIds(node).tls : undefined,
    'tls-hostname': source.tlsHostname,
    'reconnect-delay': source.reconnect?.delay,
  };
};

const rbd = (network: NetworkNode): JsonObject => {
  const { source, node } = network;
  const [pool, image] = splitPair(network);
  const auth = source.auth;
  const { encryption } = source;
  return {
    driver: 'rbd',
    pool,
    image,
    snapshot: source.snapshot?.name,
    conf: source.config?.file,
    server:
      source.host.length === 0 ? undefined : source.host.map((host) => ({ host: host.name ?? '', port: portOf(source.protocol, host) })),
    encrypt:
      encryption?.engine === 'librbd' ? { format: encryption.format, 'key-secret': secretIds(formatNodeOf(node)).encryption } : undefined,
    user: auth?.username,
    'auth-client-required': auth && ['cephx', 'none'],
    'key-secret': auth && secretIds(node).auth,
  };
};

const gluster = (network: NetworkNode): JsonObject => {
  const [volume, path] = splitPair(network);
  const server = network.source.host.map((host) => socketAddress(network, host, 'inet'));
  return { driver: 'gluster', volume, path, server, debug: 4 };
};

const iscsi = (network: NetworkNode): JsonObject => iscsiNode(network, secretIds(network.node).auth);

/** @param password id of the secret with the password. */
export function iscsiNode(network: Omit<NetworkNode, 'node'>, password: string): JsonObject {
  const { source } = network;
  const host = onlyHost(network);
  const [target, lun = '0'] = splitName(source.name);
  const auth = source.auth;
  return {
    driver: 'iscsi',
    portal: `${bracketed(host.name ?? '')}:${portOf('iscsi', host)}`,
    target,
    lun: lunOf(lun, network.at),
    transport: 'tcp',
    user: auth?.username,
    'password-secret': auth && password,
    'initiator-name': source.initiator?.iqn?.name,
  };
}

const ssh = (network: NetworkNode): JsonObject => {
  const host = onlyHost(network);
  const auth = network.source.auth;
  return {
    driver: 'ssh',
    path: network.source.name ?? '',
    server: { host: host.name ?? '', port: portOf('ssh', host) },
    user: auth?.username,
  };
};

const sheepdog = (network: NetworkNode): JsonObject => ({
  driver: 'sheepdog',
  server: socketAddress(network, onlyHost(network), 'inet'),
  vdi: network.source.name,
});

const nfs = (network: NetworkNode): JsonObject => {
  const { source, at } = network;
  return {
    driver: 'nfs',
    server: { host: onlyHost(network).name ?? '', type: 'inet' },
    path: source.name,
    user: source.identity?.user === undefined ? undefined : numericId(source.identity.user, at),
    group: source.identity?.group === undefined ? undefined : numericId(source.identity.group, at),
  };
};

const builders: Partial<Record<Protocol, (network: NetworkNode) => JsonObject>> = {
  http: curl,
  https: curl,
  ftp: curl,
  ftps: curl,
  nbd,
  rbd,
  gluster,
  iscsi,
  ssh,
  sheepdog,
  nfs,
};

function onlyHost({ source, at }: Omit<NetworkNode, 'node'>): Host {
  const [host, ...others] = source.host;
  if (!host || others.length > 0) throw refuse('INTERNAL_ERROR', at, `'${source.protocol}' takes exactly one host`);
  return host;
}

function socketAddress({ source, at }: NetworkNode, host: Host, tcp: 'inet'): JsonObject {
  if (host.transport === 'rdma') throw refuse('INTERNAL_ERROR', at, 'QEMU reaches no disk over rdma');
  if (host.transport === 'unix') return { type: 'unix', path: host.socket };
  return { type: tcp, host: host.name, port: portOf(source.protocol, host) };
}

/** The parts before and after the first slash. */
function splitName(name = ''): readonly [before: string, after: string | undefined] {
  const slash = name.indexOf('/');
  return slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
}

/** A name that must have both parts. */
function splitPair({ source, at }: NetworkNode): readonly [pool: string, image: string] {
  const [pool, image] = splitName(source.name);
  if (image === undefined) throw refuse('XML_ERROR', at, `'${source.name ?? ''}' is no POOL/IMAGE`);
  return [pool, image];
}

function lunOf(given: string, at: string): number {
  if (!/^\d+$/.test(given)) throw refuse('INTERNAL_ERROR', at, `'${given}' is no number of a unit`);
  return Number(given);
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Names would need a look into the host's user database. */
function numericId(given: string, at: string): number {
  const match = /^\+?(\d+)$/.exec(given);
  if (!match) throw unsupported(at, `user or group '${given}' of an NFS source must be a number such as +1000`);
  return Number(match[1]);
}

const formatNodeOf = (storageNode: string): string => storageNode.replace(/-storage$/, '-format');
