import type {
  AddressedInterface,
  CardFilter,
  HostSummary,
  Lease,
  NwfilterBinding,
  NwfilterBindingId,
  ObjectId,
  PortSummary,
  TokenSummary,
} from '@virtbus/contracts';
import type { Happened } from '../core/happened.js';
import {
  FleetError,
  type Answer,
  type ConsoleLine,
  type ConsoleQuestion,
  type Fleet,
  type MonitorSaid,
  type Order,
  type OrderOptions,
  type OrderPayload,
  type Question,
  type QuestionPayload,
  type Result,
  type Piece,
  type Take,
  type VolumePart,
} from '../fleet.js';
import { detailOf, refuse } from './fake-domains.js';
import { fakePorts } from './fake-ports.js';
import { fakeOperationQuestions, fakeOperations } from './fake-operations.js';
import { FakeSecrets } from './fake-secrets.js';
import { FakeState } from './fake-state.js';
import { FakeStorage } from './fake-storage.js';

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

type Questions = { readonly [N in Question]: (payload: QuestionPayload<N>) => Answer<N> };
type Orders = { readonly [N in Order]: (payload: OrderPayload<N>) => Result<N> };

/** A fleet in memory, with libvirt's refusals: one host, nothing takes time. */
export class FakeFleet implements Fleet {
  readonly state = new FakeState();
  readonly storage = new FakeStorage();
  readonly secrets = new FakeSecrets();
  hosts: HostSummary[] = [];
  leases: Lease[] = [];
  ports: PortSummary[] = [];
  addresses: AddressedInterface[] = [];
  cards: CardFilter[] = [];
  readonly filters = new Map<string, { readonly uuid: string; readonly xml: string }>();
  bindings: NwfilterBinding[] = [];
  tokens: TokenSummary[] = [];
  /** Thrown by everything that is asked. */
  trouble: FleetError | undefined;
  /** Commands never end. */
  slow = false;
  closed = false;
  readonly sent: { readonly name: Order; readonly payload: object; readonly timeoutMs: number }[] = [];
  readonly monitorListeners: ((said: MonitorSaid) => void)[] = [];
  readonly watchers: ((happened: Happened) => void)[] = [];
  line: (question: ConsoleQuestion) => ConsoleLine = () => refuse('operation_failed', 'operation failed: no console');

  private readonly questions: Questions = {
    ...this.storage.questions,
    ...this.secrets.questions,
    listDomains: () => ({ domains: [...this.state.domains].map(detailOf) }),
    getDomain: ({ domain }) => detailOf(this.state.domain(domain)),
    getDomainXml: ({ domain }) => ({ xml: this.state.domain(domain).xml, revision: this.state.revision }),
    listNetworks: () => ({ networks: [...this.state.networks] }),
    getNetworkXml: ({ network }) => ({ xml: this.state.network(network).xml, revision: this.state.revision }),
    listLeases: ({ network }) => ({ leases: this.state.network(network).name === 'lab' ? this.leases : [] }),
    listNetworkPorts: ({ network }) => ({ ports: this.state.network(network).active ? this.ports : this.state.inactive(network) }),
    getNetworkPortXml: ({ port }) => ({ xml: `<networkport>\n  <uuid>${port}</uuid>\n</networkport>\n` }),
    getDomainAddresses: ({ domain }) => ({ interfaces: this.state.active(domain) && this.addresses }),
    getCardFilter: ({ domain, interface: name }) => this.state.active(domain) && this.card(name),
    listNwfilters: () => ({ filters: [...this.filters].map(([name, { uuid }]) => ({ uuid, name })) }),
    getNwfilterXml: ({ filter }) => ({ xml: this.filter(filter).xml }),
    listNwfilterBindings: () => ({ bindings: this.bindings }),
    getNwfilterBindingXml: ({ portDev }) => ({ xml: this.binding(portDev) }),
    getCapabilities: () => ({ xml: '<capabilities/>\n' }),
    getGuestCapabilities: (asked) => ({ xml: `<domainCapabilities>${Object.values(asked).join(' ')}</domainCapabilities>\n` }),
    listHosts: () => ({ hosts: this.hosts }),
    ...fakeOperationQuestions(this.state),
    listTokens: () => ({ tokens: this.tokens }),
  };

  private readonly orders: Orders = {
    ...this.storage.orders,
    ...this.secrets.orders,
    attachDevice: ({ domain, live }) => this.state.changeDevice(domain, live),
    detachDevice: ({ domain, live }) => this.state.changeDevice(domain, live),
    updateDevice: ({ domain, live }) => this.state.changeDevice(domain, live),
    defineDomain: ({ xml, revision }) => this.state.defineDomain(xml, revision),
    createDomain: ({ xml, paused = false }) => this.state.createDomain(xml, paused),
    undefineDomain: ({ domain }) => this.state.undefineDomain(domain),
    startDomain: ({ domain, paused = false }) => this.state.startDomain(domain, paused),
    shutdownDomain: ({ domain }) => this.state.active(domain),
    rebootDomain: ({ domain }) => this.state.active(domain),
    resetDomain: ({ domain }) => this.state.active(domain),
    destroyDomain: ({ domain }) => this.state.destroyDomain(domain),
    suspendDomain: ({ domain }) => this.state.suspendDomain(domain),
    resumeDomain: ({ domain }) => this.state.resumeDomain(domain),
    renameDomain: ({ domain, name }) => this.state.renameDomain(domain, name),
    setAgentTimeout: ({ domain }) => this.state.idOfDomain(domain),
    setDomainAutostart: ({ domain, autostart }) => this.state.setDomainAutostart(domain, autostart),
    defineNetwork: ({ xml, revision }) => this.state.defineNetwork(xml, revision),
    createNetwork: ({ xml }) => this.state.createNetwork(xml),
    undefineNetwork: ({ network }) => this.state.undefineNetwork(network),
    startNetwork: ({ network }) => this.state.startNetwork(network),
    destroyNetwork: ({ network }) => this.state.destroyNetwork(network),
    setNetworkAutostart: ({ network, autostart }) => this.state.setNetworkAutostart(network, autostart),
    updateNetwork: ({ network, xml }) => this.state.updateNetwork(network, xml),
    ...fakePorts(this),
    ...fakeOperations(this.state),
    defineNwfilter: ({ xml }) => this.defineFilter(xml),
    undefineNwfilter: ({ filter }) => this.undefineFilter(filter),
    createNwfilterBinding: ({ xml, hostId }) => this.bind(xml, hostId),
    deleteNwfilterBinding: ({ portDev }) => this.unbind(portDev),
    cordonHost: ({ host }) => this.cordon(host, true),
    uncordonHost: ({ host }) => this.cordon(host, false),
    createToken: ({ hash: _hash, scram: _scram, ...rights }) => {
      const token = { ...rights, createdAt: '2026-11-21T10:00:00.000Z' };
      this.tokens.push(token);
      return token;
    },
    revokeToken: ({ token }) => {
      if (!this.tokens.some(({ id }) => id === token))
        refuse('no_token', `no API token with id '${token}'; 'virtbus token-list' lists them`);
      this.tokens = this.tokens.filter(({ id }) => id !== token);
      return {};
    },
  };

  async ask<N extends Question>(name: N, payload: QuestionPayload<N>): Promise<Answer<N>> {
    if (this.trouble) throw this.trouble;
    return this.questions[name](payload);
  }

  async run<N extends Order>(name: N, payload: OrderPayload<N>, { timeoutMs, onSent }: OrderOptions): Promise<Result<N>> {
    if (this.trouble) throw this.trouble;
    this.sent.push({ name, payload, timeoutMs });
    onSent?.(`command-${this.sent.length}`);
    if (this.slow) await new Promise(() => undefined);
    return this.orders[name](payload);
  }

  async watch(listener: (happened: Happened) => void): Promise<void> {
    if (this.trouble) throw this.trouble;
    this.watchers.push(listener);
  }

  async hearMonitors(listener: (said: MonitorSaid) => void, uuid?: string): Promise<void> {
    if (this.trouble) throw this.trouble;
    this.monitorListeners.push((said) => void ((uuid ?? said.uuid) === said.uuid && listener(said)));
  }

  async openConsole(question: ConsoleQuestion): Promise<ConsoleLine> {
    return this.line(question);
  }

  async download(part: VolumePart, take: Take, signal: AbortSignal): Promise<void> {
    if (this.slow) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(asError(signal.reason))));
    await this.storage.download(part, take);
  }

  async upload(part: VolumePart, pieces: AsyncIterable<Piece>, signal: AbortSignal): Promise<void> {
    if (this.slow) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(asError(signal.reason))));
    await this.storage.upload(part, pieces);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private filter(name: string): { readonly uuid: string; readonly xml: string } {
    return this.filters.get(name) ?? refuse('no_nwfilter', `Network filter not found: no nwfilter with matching name '${name}'`);
  }

  private defineFilter(xml: string): ObjectId {
    const name = /name='([^']+)'/.exec(xml)?.[1] ?? refuse('xml_error', 'internal error: filter has no name');
    const uuid = `5c6d49af-b071-6127-b4ec-${String(this.filters.size).padStart(12, '0')}`;
    this.filters.set(name, { uuid, xml });
    return { uuid, name };
  }

  private undefineFilter(name: string): ObjectId {
    const { uuid } = this.filter(name);
    if (this.bindings.some(({ filter }) => filter === name))
      refuse('operation_invalid', 'Requested operation is not valid: nwfilter is in use');
    this.filters.delete(name);
    return { uuid, name };
  }

  private card(name: string): CardFilter {
    const found = this.cards.find(({ mac, target }) => mac === name || target === name);
    return found ?? refuse('no_device', `device not found: no interface ${name} in domain 'web'`);
  }

  private binding(portDev: string): string {
    const found = this.bindings.some((one) => one.portDev === portDev);
    if (!found) refuse('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);
    return `<filterbinding>\n  <portdev name='${portDev}'/>\n</filterbinding>\n`;
  }

  private bind(xml: string, hostId = 'host-a'): NwfilterBindingId {
    const [, portDev = ''] = /portdev name='([^']*)'/.exec(xml) ?? [];
    const [, filter = ''] = /filterref filter='([^']*)'/.exec(xml) ?? [];
    if (this.bindings.some((one) => one.portDev === portDev))
      refuse('operation_failed', `operation failed: binding '${portDev}' already exists`);
    const binding = { hostId, portDev, filter };
    const of = { mac: '52:54:00:12:34:57', domain: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', domainName: 'box', byHand: true };
    this.bindings = [...this.bindings, { ...binding, ...of }];
    return binding;
  }

  private unbind(portDev: string): NwfilterBindingId {
    this.binding(portDev);
    const { byHand, hostId = '', filter = '' } = this.bindings.find((one) => one.portDev === portDev) ?? {};
    if (!byHand)
      refuse('operation_invalid', `Requested operation is not valid: the filter of '${portDev}' is that of a domain's interface`);
    this.bindings = this.bindings.filter((one) => one.portDev !== portDev);
    return { hostId, portDev, filter };
  }

  private cordon(id: string, cordoned: boolean): object {
    const at = this.hosts.findIndex(({ hostId }) => hostId === id);
    const host = this.hosts[at];
    if (!host) return refuse('no_host', `no host '${id}'`);
    this.hosts[at] = Object.assign({}, host, { cordoned });
    return {};
  }
}
