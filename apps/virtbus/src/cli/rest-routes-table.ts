/** The gateway's addresses behind the names that the commands use. */
import type { Order, Question } from './fleet.js';

type Payload = Readonly<Record<string, unknown>>;

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: (payload: Payload) => string;
  /** What of the payload stands behind the question mark. */
  readonly query?: readonly string[];
  /** What of the payload is the body. */
  readonly body?: readonly string[];
  /** The list in the payload that is asked for one by one, and what each is called in the path. */
  readonly each?: readonly [list: string, one: string];
  /** What comes back is said once: sent again it would be another. */
  readonly keyless?: true;
}

const part = (value: unknown): string => encodeURIComponent(String(value));
const ofDomain =
  (verb = ''): RestRoute['path'] =>
  ({ domain }) =>
    `/v1/domains/${part(domain)}${verb}`;
const ofNetwork =
  (verb = ''): RestRoute['path'] =>
  ({ network }) =>
    `/v1/networks/${part(network)}${verb}`;
const ofHost =
  (verb: string): RestRoute['path'] =>
  ({ host }) =>
    `/v1/hosts/${part(host)}/${verb}`;
const ofPool =
  (verb = ''): RestRoute['path'] =>
  ({ pool }) =>
    `/v1/pools/${part(pool)}${verb}`;
const ofVolume =
  (verb = ''): RestRoute['path'] =>
  ({ pool, volume }) =>
    `/v1/pools/${part(pool)}/volumes/${part(volume)}${verb}`;
const ofSecret =
  (verb = ''): RestRoute['path'] =>
  ({ secret }) =>
    `/v1/secrets/${part(secret)}${verb}`;
const paging = ['limit', 'after'] as const;
const domainVerb = (verb: string, ...body: readonly string[]): RestRoute => ({ method: 'POST', path: ofDomain(`/${verb}`), body });

const domainPut = (what: string, ...body: readonly string[]): RestRoute => ({ method: 'PUT', path: ofDomain(`/${what}`), body });
const ofDevice = ['xml', 'alias', 'live', 'config'] as const;

/** What gateways do not answer over REST, and why. */
export const notOverRest = {
  getSecretValue: 'operation is not supported over REST: gateways show no values of secrets; ask the bus, with --url nats://…',
} as const satisfies Partial<Record<Question, string>>;

export const questionRoutes: Readonly<Record<Exclude<Question, keyof typeof notOverRest>, RestRoute>> = {
  listDomains: { method: 'GET', path: () => '/v1/domains', query: paging },
  getDomain: { method: 'GET', path: ofDomain() },
  getDomainXml: { method: 'GET', path: ofDomain('/xml'), query: ['inactive', 'secure'] },
  listNetworks: { method: 'GET', path: () => '/v1/networks', query: paging },
  getNetworkXml: { method: 'GET', path: ofNetwork('/xml'), query: ['inactive'] },
  listLeases: { method: 'GET', path: ofNetwork('/leases') },
  listHosts: { method: 'GET', path: () => '/v1/hosts', query: paging },
  listTokens: { method: 'GET', path: () => '/v1/tokens' },
  listNetworkPorts: { method: 'GET', path: ofNetwork('/ports') },
  getNetworkPortXml: { method: 'GET', path: (payload) => ofNetwork(`/ports/${part(payload['port'])}`)(payload) },
  getDomainAddresses: { method: 'GET', path: ofDomain('/addresses'), query: ['source'] },
  getCardFilter: { method: 'GET', path: ofDomain('/rx-filter'), query: ['interface'] },
  getDomainMetadata: { method: 'GET', path: ofDomain('/metadata'), query: ['kind', 'uri', 'live', 'config'] },
  getDomainStats: {
    method: 'GET',
    path: ({ domain }) => (domain === undefined ? '/v1/stats' : ofDomain('/stats')({ domain })),
    each: ['domains', 'domain'],
    query: ['groups'],
  },
  takeScreenshot: { method: 'GET', path: ofDomain('/screenshot'), query: ['screen', 'id', 'offset'] },
  listNwfilters: { method: 'GET', path: () => '/v1/nwfilters', query: paging },
  getNwfilterXml: { method: 'GET', path: ({ filter }) => `/v1/nwfilters/${part(filter)}` },
  listNwfilterBindings: { method: 'GET', path: () => '/v1/nwfilter-bindings', query: paging },
  getNwfilterBindingXml: { method: 'GET', path: ({ portDev }) => `/v1/nwfilter-bindings/${part(portDev)}`, query: ['hostId'] },
  getCapabilities: { method: 'GET', path: () => '/v1/capabilities' },
  getGuestCapabilities: { method: 'GET', path: () => '/v1/guest-capabilities', query: ['arch', 'machine', 'virttype', 'emulator'] },
  listSecrets: { method: 'GET', path: () => '/v1/secrets', query: paging },
  getSecret: { method: 'GET', path: ofSecret() },
  setSecretValue: { method: 'PUT', path: ofSecret('/value'), body: ['value'] },
  listPools: { method: 'GET', path: () => '/v1/pools', query: paging },
  getPool: { method: 'GET', path: ofPool() },
  listVolumes: { method: 'GET', path: ofPool('/volumes'), query: paging },
  getVolume: { method: 'GET', path: ofVolume() },
};

export const orderRoutes: Readonly<Record<Order, RestRoute>> = {
  defineDomain: { method: 'POST', path: () => '/v1/domains', body: ['xml', 'revision'] },
  createDomain: { method: 'POST', path: () => '/v1/domains?transient=true', body: ['xml', 'paused'] },
  undefineDomain: { method: 'DELETE', path: ofDomain() },
  startDomain: domainVerb('start', 'paused'),
  shutdownDomain: domainVerb('shutdown', 'mode'),
  destroyDomain: domainVerb('destroy'),
  suspendDomain: domainVerb('suspend'),
  resumeDomain: domainVerb('resume'),
  rebootDomain: domainVerb('reboot', 'mode'),
  resetDomain: domainVerb('reset'),
  renameDomain: domainPut('name', 'name'),
  setAgentTimeout: domainPut('agent-timeout', 'seconds'),
  setDomainAutostart: domainPut('autostart', 'autostart'),
  attachDevice: domainVerb('attach-device', ...ofDevice),
  detachDevice: domainVerb('detach-device', ...ofDevice),
  updateDevice: domainVerb('update-device', ...ofDevice),
  setDomainMemory: domainPut('memory', 'memoryKiB', 'maximum', 'live', 'config'),
  setDomainVcpus: domainPut('vcpus', 'vcpus', 'maximum', 'live', 'config'),
  setDomainMetadata: domainPut('metadata', 'metadata', 'live', 'config'),
  tuneInterface: domainVerb('tune-interface', 'tuning', 'live', 'config'),
  tuneDisk: domainVerb('tune-disk', 'tuning', 'live', 'config'),
  pinThread: domainVerb('pin-thread', 'pin', 'live', 'config'),
  sendKeys: domainVerb('send-key', 'keys'),
  putGuestToSleep: domainVerb('pm-suspend', 'sleep'),
  wakeGuest: domainVerb('pm-wakeup'),
  setBlockThreshold: domainPut('block-threshold', 'threshold'),
  injectNmi: domainVerb('nmi'),
  resizeDisk: domainPut('disk-size', 'size'),
  setGuestTime: domainPut('time', 'time'),
  runMonitorCommand: domainVerb('monitor', 'monitor'),
  askGuest: domainVerb('ask-guest', 'question'),
  runAgentCommand: domainVerb('agent', 'agent'),
  defineNetwork: { method: 'POST', path: () => '/v1/networks', body: ['xml', 'revision'] },
  createNetwork: { method: 'POST', path: () => '/v1/networks?transient=true', body: ['xml'] },
  undefineNetwork: { method: 'DELETE', path: ofNetwork() },
  startNetwork: { method: 'POST', path: ofNetwork('/start') },
  destroyNetwork: { method: 'POST', path: ofNetwork('/destroy') },
  setNetworkAutostart: { method: 'PUT', path: ofNetwork('/autostart'), body: ['autostart'] },
  updateNetwork: {
    method: 'POST',
    path: ofNetwork('/update'),
    body: ['command', 'section', 'parentIndex', 'xml', 'live', 'config'],
  },
  createNetworkPort: { method: 'POST', path: ofNetwork('/ports'), body: ['xml', 'reclaim'] },
  deleteNetworkPort: { method: 'DELETE', path: (payload) => ofNetwork(`/ports/${part(payload['port'])}`)(payload) },
  defineNwfilter: { method: 'POST', path: () => '/v1/nwfilters', body: ['xml'] },
  undefineNwfilter: { method: 'DELETE', path: ({ filter }) => `/v1/nwfilters/${part(filter)}` },
  createNwfilterBinding: { method: 'POST', path: () => '/v1/nwfilter-bindings', body: ['xml', 'hostId'] },
  deleteNwfilterBinding: { method: 'DELETE', path: ({ portDev }) => `/v1/nwfilter-bindings/${part(portDev)}`, query: ['hostId'] },
  defineSecret: { method: 'POST', path: () => '/v1/secrets', body: ['xml'] },
  undefineSecret: { method: 'DELETE', path: ofSecret() },
  definePool: { method: 'POST', path: () => '/v1/pools', body: ['xml'] },
  createPool: { method: 'POST', path: () => '/v1/pools?transient=true', body: ['xml', 'build'] },
  undefinePool: { method: 'DELETE', path: ofPool() },
  buildPool: { method: 'POST', path: ofPool('/build'), body: ['build'] },
  startPool: { method: 'POST', path: ofPool('/start'), body: ['build'] },
  destroyPool: { method: 'POST', path: ofPool('/destroy') },
  deletePool: { method: 'POST', path: ofPool('/delete') },
  refreshPool: { method: 'POST', path: ofPool('/refresh') },
  setPoolAutostart: { method: 'PUT', path: ofPool('/autostart'), body: ['autostart'] },
  createVolume: { method: 'POST', path: ofPool('/volumes'), body: ['xml', 'preallocate', 'from'] },
  deleteVolume: { method: 'DELETE', path: ofVolume() },
  resizeVolume: { method: 'POST', path: ofVolume('/resize'), body: ['capacity', 'delta', 'shrink', 'allocate'] },
  wipeVolume: { method: 'POST', path: ofVolume('/wipe') },
  cordonHost: { method: 'POST', path: ofHost('cordon') },
  uncordonHost: { method: 'POST', path: ofHost('uncordon') },
  createToken: { method: 'POST', path: () => '/v1/tokens', body: ['name', 'role', 'projects', 'grants', 'expiresAt'], keyless: true },
  revokeToken: { method: 'DELETE', path: ({ token }) => `/v1/tokens/${part(token)}` },
};

/** Path and body of one call. */
export function callOf({ path, query = [], body = [] }: RestRoute, payload: object): { readonly path: string; readonly body?: object } {
  const fields: Payload = { ...payload };
  const given = (names: readonly string[]): [string, unknown][] =>
    names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]);
  const search = new URLSearchParams(given(query).map(([name, value]): [string, string] => [name, String(value)])).toString();
  const address = `${path(fields)}${search === '' ? '' : `?${search}`}`;
  return body.length === 0 ? { path: address } : { path: address, body: Object.fromEntries(given(body)) };
}
