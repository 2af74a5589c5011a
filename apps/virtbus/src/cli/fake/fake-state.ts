import type { NetworkSummary, ObjectId } from '@virtbus/contracts';
import { fakeDomain, refuse, type FakeDomain } from './fake-domains.js';

export interface FakeNetwork extends NetworkSummary {
  active: boolean;
  autostart: boolean;
  persistent: boolean;
  xml: string;
}

const INVALID = 'Requested operation is not valid:';
const invalid = (message: string): never => refuse('operation_invalid', `${INVALID} ${message}`);
const idOf = ({ uuid, name }: ObjectId): ObjectId => ({ uuid, name });

export function fakeNetwork(xml: string): FakeNetwork {
  const first = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
  const common = { active: false, autostart: false, persistent: true, xml };
  return { ...common, name: first(/<name>([^<]*)/), uuid: first(/<uuid>([^<]*)/), bridge: first(/<bridge name='([^']*)/) };
}

/** What the fake fleet holds, and libvirt's rules for changing it. */
export class FakeState {
  readonly domains = new Set<FakeDomain>();
  readonly networks = new Set<FakeNetwork>();
  readonly metadata = new Map<string, string>();
  stats: Readonly<Record<string, number | string>> = {};
  agentAnswer = '{"return": {}}';
  /** Of every definition. */
  revision = 1;
  private lastId = 0;

  domain(reference: string): FakeDomain {
    const found = [...this.domains].find(({ uuid, name }) => uuid === reference.toLowerCase() || name === reference);
    return found ?? refuse('no_domain', `Domain not found: no domain with matching name '${reference}'`);
  }

  network(reference: string): FakeNetwork {
    const found = [...this.networks].find(({ uuid, name }) => uuid === reference.toLowerCase() || name === reference);
    return found ?? refuse('no_network', `Network not found: no network with matching name '${reference}'`);
  }

  /** Refuses what only an active network has. */
  inactive(reference: string): never {
    return invalid(`network '${this.network(reference).name}' is not active`);
  }

  updateNetwork(reference: string, xml: string): ObjectId {
    const network = this.network(reference);
    network.xml = network.xml.replace('</network>', `${xml}</network>`);
    return idOf(network);
  }

  /** A domain that must run for what is asked of it. */
  active(reference: string): FakeDomain {
    const domain = this.domain(reference);
    return domain.id === undefined ? invalid('domain is not running') : domain;
  }

  /** Whose device is changed; which one, the fake does not look at. */
  changeDevice(reference: string, live = false): ObjectId {
    return idOf(live ? this.active(reference) : this.domain(reference));
  }

  defineDomain(xml: string, revision?: number): ObjectId {
    this.mustBeAt(revision);
    const domain = fakeDomain(xml);
    const twin = [...this.domains].find(({ name }) => name === domain.name);
    if (twin && twin.uuid !== domain.uuid) {
      return refuse('operation_failed', `operation failed: domain '${twin.name}' already exists with uuid ${twin.uuid}`);
    }
    if (twin) twin.xml = domain.xml;
    else this.domains.add(domain);
    return idOf(domain);
  }

  createDomain(xml: string, paused: boolean): ObjectId {
    const domain = fakeDomain(xml, { persistent: false });
    const twin = [...this.domains].find(({ name }) => name === domain.name);
    if (twin?.id !== undefined && twin.uuid === domain.uuid) return invalid(`domain '${twin.name}' is already active`);
    if (twin) return refuse('operation_failed', `operation failed: domain '${twin.name}' already exists with uuid ${twin.uuid}`);
    this.boot(domain, paused);
    this.domains.add(domain);
    return idOf(domain);
  }

  undefineDomain(reference: string): ObjectId {
    const domain = this.domain(reference);
    if (!domain.persistent) return invalid('cannot undefine transient domain');
    domain.persistent = false;
    domain.autostart = false;
    if (domain.id === undefined) this.domains.delete(domain);
    return idOf(domain);
  }

  startDomain(reference: string, paused: boolean): ObjectId {
    const domain = this.domain(reference);
    if (domain.id !== undefined) return invalid('domain is already running');
    this.boot(domain, paused);
    return idOf(domain);
  }

  destroyDomain(reference: string): ObjectId {
    const domain = this.active(reference);
    Object.assign(domain, { id: undefined, hostId: undefined, state: 'shutoff', reason: 'destroyed' });
    if (!domain.persistent) this.domains.delete(domain);
    return idOf(domain);
  }

  suspendDomain(reference: string): ObjectId {
    return idOf(Object.assign(this.active(reference), { state: 'paused', reason: 'user' }));
  }

  resumeDomain(reference: string): ObjectId {
    const domain = this.active(reference);
    if (domain.state === 'running') return invalid('domain is already running');
    return idOf(Object.assign(domain, { state: 'running', reason: 'unpaused' }));
  }

  renameDomain(reference: string, name: string): ObjectId {
    const domain = this.domain(reference);
    if (domain.state !== 'shutoff') return invalid('cannot rename active domain');
    if (domain.name === name) return invalid("Can't rename domain to itself");
    if ([...this.domains].some((each) => each.name === name)) return invalid(`domain with name '${name}' already exists`);
    return idOf(Object.assign(domain, { name, xml: domain.xml.replace(/<name>[^<]*/, `<name>${name}`) }));
  }

  idOfDomain(reference: string): ObjectId {
    return idOf(this.domain(reference));
  }

  setDomainAutostart(reference: string, autostart: boolean): object {
    const domain = this.domain(reference);
    if (!domain.persistent) return invalid('cannot set autostart for transient domain');
    domain.autostart = autostart;
    return {};
  }

  defineNetwork(xml: string, revision?: number): ObjectId {
    this.mustBeAt(revision);
    const network = fakeNetwork(xml);
    const twin = [...this.networks].find(({ name }) => name === network.name);
    if (twin) twin.xml = network.xml;
    else this.networks.add(network);
    return idOf(network);
  }

  createNetwork(xml: string): ObjectId {
    const network = Object.assign(fakeNetwork(xml), { active: true, persistent: false });
    const twin = [...this.networks].find(({ name }) => name === network.name);
    if (twin?.active) return invalid(`network is already active as '${twin.name}'`);
    this.networks.add(network);
    return idOf(network);
  }

  undefineNetwork(reference: string): ObjectId {
    const network = this.network(reference);
    Object.assign(network, { persistent: false, autostart: false });
    if (!network.active) this.networks.delete(network);
    return idOf(network);
  }

  startNetwork(reference: string): ObjectId {
    const network = this.network(reference);
    if (network.active) return invalid('network is already active');
    return idOf(Object.assign(network, { active: true }));
  }

  destroyNetwork(reference: string): ObjectId {
    const network = this.network(reference);
    if (!network.active) return invalid(`network '${network.name}' is not active`);
    network.active = false;
    if (!network.persistent) this.networks.delete(network);
    return idOf(network);
  }

  setNetworkAutostart(reference: string, autostart: boolean): ObjectId {
    const network = this.network(reference);
    if (!network.persistent) return invalid('cannot set autostart for transient network');
    return idOf(Object.assign(network, { autostart }));
  }

  private mustBeAt(revision = this.revision): void {
    if (revision !== this.revision) refuse('revision_conflict', `the object is at revision ${this.revision}, not ${revision}`);
    this.revision += 1;
  }

  private boot(domain: FakeDomain, paused: boolean): void {
    // libvirt spends a number on every attempt, also one that fails.
    this.lastId += 1;
    for (const { source } of domain.interfaces) {
      if (source === undefined) continue;
      if (!this.network(source).active) this.failStart(domain, source);
    }
    const now = paused ? { state: 'paused', reason: 'user' } : { state: 'running', reason: 'booted' };
    Object.assign(domain, { id: this.lastId, hostId: 'host-a', ...now });
  }

  private failStart(domain: FakeDomain, network: string): never {
    Object.assign(domain, { state: 'shutoff', reason: 'failed' });
    return invalid(`network '${network}' is not active`);
  }
}
