/** Calls that REST hands on as they are: path, address and body together are the contract's payload. */
import * as contracts from '@virtbus/contracts';
import type { CommandContract, RequestContract } from '@virtbus/contracts';
import type { QueryRow } from './core/query.js';
import { pathParameters, type RouteRow } from './route.js';

export interface ContractRow extends RouteRow {
  readonly contract: CommandContract | RequestContract;
  /** Where what was made is to be found. */
  readonly location?: (result: Readonly<Record<string, unknown>>) => string;
  /** The field that names a volume to be copied: its pool must be one that the caller sees. */
  readonly copies?: string;
}

type More = Partial<Omit<ContractRow, 'contract' | 'method' | 'path'>>;

/** Payloads that say no more than an address does. */
const references: ReadonlySet<contracts.PayloadClass> = new Set([
  contracts.DomainRef,
  contracts.NetworkRef,
  contracts.NetworkPortRef,
  contracts.HostRef,
  contracts.NwfilterRef,
  contracts.NwfilterBindingQuestion,
  contracts.SecretRef,
  contracts.PoolRef,
  contracts.VolumeRef,
]);

/** `POST /v1/domains/:domain/nmi` and what carries it out; the payload's fields that the path has need not come again. */
function row(method: RouteRow['method'], path: string, contract: CommandContract | RequestContract, more: More = {}): ContractRow {
  const besideBody = pathParameters({ path });
  const hasBody = method !== 'GET' && !references.has(contract.payload);
  return {
    method,
    path,
    tag: path.split('/')[2] ?? '',
    summary: contract.summary,
    call: contract,
    contract,
    reply: contract.reply,
    besideBody,
    ...(hasBody ? { json: contract.payload } : {}),
    ...(contract.kind === 'command' ? { operation: 'done' } : {}),
    ...more,
  };
}

const flag = (about: string): QueryRow => ({ kind: 'flag', about });
const live = flag('What runs. Without either word: what runs when it does, else the definition.');
const config = flag('The definition.');
const paging = {
  limit: { kind: 'number', about: 'At most so many items.', min: 1, max: 1_000 },
  after: { kind: 'text', about: '`next` of the page before.' },
} as const;
const device = { xml: true, query: { live, config } } as const;

export const contractRows = {
  startDomain: row('POST', '/v1/domains/:domain/start', contracts.startDomain),
  shutdownDomain: row('POST', '/v1/domains/:domain/shutdown', contracts.shutdownDomain),
  destroyDomain: row('POST', '/v1/domains/:domain/destroy', contracts.destroyDomain),
  suspendDomain: row('POST', '/v1/domains/:domain/suspend', contracts.suspendDomain),
  resumeDomain: row('POST', '/v1/domains/:domain/resume', contracts.resumeDomain),
  rebootDomain: row('POST', '/v1/domains/:domain/reboot', contracts.rebootDomain),
  resetDomain: row('POST', '/v1/domains/:domain/reset', contracts.resetDomain),
  renameDomain: row('PUT', '/v1/domains/:domain/name', contracts.renameDomain),
  setAgentTimeout: row('PUT', '/v1/domains/:domain/agent-timeout', contracts.setAgentTimeout),
  setDomainAutostart: row('PUT', '/v1/domains/:domain/autostart', contracts.setDomainAutostart),
  attachDevice: row('POST', '/v1/domains/:domain/attach-device', contracts.attachDevice, device),
  detachDevice: row('POST', '/v1/domains/:domain/detach-device', contracts.detachDevice, device),
  updateDevice: row('POST', '/v1/domains/:domain/update-device', contracts.updateDevice, device),
  setDomainMemory: row('PUT', '/v1/domains/:domain/memory', contracts.setDomainMemory),
  setDomainVcpus: row('PUT', '/v1/domains/:domain/vcpus', contracts.setDomainVcpus),
  tuneInterface: row('POST', '/v1/domains/:domain/tune-interface', contracts.tuneInterface),
  tuneDisk: row('POST', '/v1/domains/:domain/tune-disk', contracts.tuneDisk),
  pinThread: row('POST', '/v1/domains/:domain/pin-thread', contracts.pinThread),
  setDomainMetadata: row('PUT', '/v1/domains/:domain/metadata', contracts.setDomainMetadata),
  getDomainMetadata: row('GET', '/v1/domains/:domain/metadata', contracts.getDomainMetadata, {
    query: {
      kind: { kind: 'text', about: 'What of it.', among: contracts.metadataKinds, required: true },
      uri: { kind: 'text', about: 'The namespace of an element.' },
      live,
      config,
    },
  }),
  sendKeys: row('POST', '/v1/domains/:domain/send-key', contracts.sendKeys),
  resizeDisk: row('PUT', '/v1/domains/:domain/disk-size', contracts.resizeDisk),
  setBlockThreshold: row('PUT', '/v1/domains/:domain/block-threshold', contracts.setBlockThreshold),
  putGuestToSleep: row('POST', '/v1/domains/:domain/pm-suspend', contracts.putGuestToSleep),
  wakeGuest: row('POST', '/v1/domains/:domain/pm-wakeup', contracts.wakeGuest),
  injectNmi: row('POST', '/v1/domains/:domain/nmi', contracts.injectNmi),
  runMonitorCommand: row('POST', '/v1/domains/:domain/monitor', contracts.runMonitorCommand),
  runAgentCommand: row('POST', '/v1/domains/:domain/agent', contracts.runAgentCommand),
  askGuest: row('POST', '/v1/domains/:domain/ask-guest', contracts.askGuest),
  setGuestTime: row('PUT', '/v1/domains/:domain/time', contracts.setGuestTime),
  getDomainAddresses: row('GET', '/v1/domains/:domain/addresses', contracts.getDomainAddresses, {
    query: { source: { kind: 'text', about: 'Who is asked; `lease` when it is left out.', among: contracts.addressSources } },
  }),
  getCardFilter: row('GET', '/v1/domains/:domain/rx-filter', contracts.getCardFilter, {
    query: { interface: { kind: 'text', about: 'MAC address as defined, the link’s name on the host, or the alias.', required: true } },
  }),
  takeScreenshot: row('GET', '/v1/domains/:domain/screenshot', contracts.takeScreenshot, {
    summary: 'What a guest shows: a picture, or as JSON in pieces.',
    orImage: true,
    query: {
      screen: { kind: 'number', about: 'Which one; the first when it is left out.', min: 0, max: 15 },
      id: { kind: 'text', about: '`id` of the piece before, to go on with its picture.' },
      offset: { kind: 'number', about: 'Where that goes on.', min: 0 },
    },
  }),
  startNetwork: row('POST', '/v1/networks/:network/start', contracts.startNetwork),
  destroyNetwork: row('POST', '/v1/networks/:network/destroy', contracts.destroyNetwork),
  setNetworkAutostart: row('PUT', '/v1/networks/:network/autostart', contracts.setNetworkAutostart),
  updateNetwork: row('POST', '/v1/networks/:network/update', contracts.updateNetwork, {
    xml: true,
    query: {
      command: { kind: 'text', about: 'What is done with the element, when the body is XML.', among: contracts.networkUpdateCommands },
      section: { kind: 'text', about: 'Where it stands, when the body is XML.', among: contracts.networkUpdateSections },
      parentIndex: { kind: 'number', about: 'Which <ip> is meant.', min: -1, max: 65_535 },
      live,
      config,
    },
  }),
  listLeases: row('GET', '/v1/networks/:network/leases', contracts.listLeases),
  listNetworkPorts: row('GET', '/v1/networks/:network/ports', contracts.listNetworkPorts),
  createNetworkPort: row('POST', '/v1/networks/:network/ports', contracts.createNetworkPort, {
    xml: true,
    query: { reclaim: flag('The XML says what the port is plugged into already.') },
    operation: 'made',
    location: ({ networkUuid, uuid }) => `/v1/networks/${String(networkUuid)}/ports/${String(uuid)}`,
  }),
  deleteNetworkPort: row('DELETE', '/v1/networks/:network/ports/:port', contracts.deleteNetworkPort),
  tuneNetworkPort: row('POST', '/v1/networks/:network/ports/:port/tune', contracts.tuneNetworkPort),
  getNetworkPortXml: row('GET', '/v1/networks/:network/ports/:port', contracts.getNetworkPortXml, { orXml: true }),
  cordonHost: row('POST', '/v1/hosts/:host/cordon', contracts.cordonHost),
  uncordonHost: row('POST', '/v1/hosts/:host/uncordon', contracts.uncordonHost),
  listNwfilters: row('GET', '/v1/nwfilters', contracts.listNwfilters, { query: paging }),
  defineNwfilter: row('POST', '/v1/nwfilters', contracts.defineNwfilter, {
    xml: true,
    operation: 'made',
    location: ({ uuid }) => `/v1/nwfilters/${String(uuid)}`,
  }),
  getNwfilterXml: row('GET', '/v1/nwfilters/:filter', contracts.getNwfilterXml, { orXml: true }),
  undefineNwfilter: row('DELETE', '/v1/nwfilters/:filter', contracts.undefineNwfilter),
  createNwfilterBinding: row('POST', '/v1/nwfilter-bindings', contracts.createNwfilterBinding, {
    xml: true,
    query: { hostId: { kind: 'text', about: 'The host of the link, when the XML does not say it and there are several.' } },
    operation: 'made',
    location: ({ portDev, hostId }) => `/v1/nwfilter-bindings/${encodeURIComponent(String(portDev))}?hostId=${String(hostId)}`,
  }),
  listNwfilterBindings: row('GET', '/v1/nwfilter-bindings', contracts.listNwfilterBindings, { query: paging }),
  getNwfilterBindingXml: row('GET', '/v1/nwfilter-bindings/:portDev', contracts.getNwfilterBindingXml, {
    orXml: true,
    query: { hostId: { kind: 'text', about: 'Needed where several hosts have a link of that name.' } },
  }),
  deleteNwfilterBinding: row('DELETE', '/v1/nwfilter-bindings/:portDev', contracts.deleteNwfilterBinding, {
    query: { hostId: { kind: 'text', about: 'Needed where several hosts have a link of that name.' } },
  }),
  getCapabilities: row('GET', '/v1/capabilities', contracts.getCapabilities, { tag: 'hosts', orXml: true }),
  getGuestCapabilities: row('GET', '/v1/guest-capabilities', contracts.getGuestCapabilities, {
    tag: 'hosts',
    orXml: true,
    query: {
      arch: { kind: 'text', about: 'The architecture of the guests; that of the hosts when it is left out.' },
      machine: { kind: 'text', about: 'Their machine type.' },
      virttype: { kind: 'text', about: 'What runs them: `qemu` or `kvm`.' },
      emulator: { kind: 'text', about: 'The path of QEMU on the hosts.' },
    },
  }),
  defineSecret: row('POST', '/v1/secrets', contracts.defineSecret, {
    xml: true,
    query: { project: { kind: 'text', about: 'The project that a new secret falls to; the first of the caller’s when it is left out.' } },
    operation: 'made',
    location: ({ uuid }) => `/v1/secrets/${String(uuid)}`,
  }),
  undefineSecret: row('DELETE', '/v1/secrets/:secret', contracts.undefineSecret),
  setSecretValue: row('PUT', '/v1/secrets/:secret/value', contracts.setSecretValue, {
    summary: 'Keep the value of a secret. It can be set here and not be read.',
    // A request to the bus, whose streams hold no values; a change all the same.
    call: { resource: 'secret', verb: 'setvalue', kind: 'command' },
  }),
  undefinePool: row('DELETE', '/v1/pools/:pool', contracts.undefinePool),
  buildPool: row('POST', '/v1/pools/:pool/build', contracts.buildPool),
  startPool: row('POST', '/v1/pools/:pool/start', contracts.startPool),
  destroyPool: row('POST', '/v1/pools/:pool/destroy', contracts.destroyPool),
  deletePool: row('POST', '/v1/pools/:pool/delete', contracts.deletePool),
  refreshPool: row('POST', '/v1/pools/:pool/refresh', contracts.refreshPool),
  setPoolAutostart: row('PUT', '/v1/pools/:pool/autostart', contracts.setPoolAutostart),
  createVolume: row('POST', '/v1/pools/:pool/volumes', contracts.createVolume, {
    tag: 'volumes',
    xml: true,
    operation: 'made',
    location: ({ pool, name }) => `/v1/pools/${String(pool)}/volumes/${encodeURIComponent(String(name))}`,
    copies: 'from',
  }),
  deleteVolume: row('DELETE', '/v1/pools/:pool/volumes/:volume', contracts.deleteVolume, { tag: 'volumes' }),
  resizeVolume: row('POST', '/v1/pools/:pool/volumes/:volume/resize', contracts.resizeVolume, { tag: 'volumes' }),
  wipeVolume: row('POST', '/v1/pools/:pool/volumes/:volume/wipe', contracts.wipeVolume, { tag: 'volumes' }),
} as const satisfies Readonly<Record<string, ContractRow>>;
