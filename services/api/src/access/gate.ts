/**
 * Every way into the fleet asks here, in this order: who is it, may it call this at all, how much may it send; then the body is read
 * and parsed; then whether it may do so to this object, and what its definition asks of the hosts.
 */
import {
  createNetworkPort,
  defined,
  isSeenFrom,
  noNetworkPort,
  Refusal,
  refusalFrom,
  type AuditRecord,
  type ErrorCode,
  type OwnedBy,
} from '@virtbus/contracts';
import { LibvirtError, parseXml, type XmlElement } from '@virtbus/libvirt-xml';
import { withoutPlacement } from '../core/placement-element.js';
import { readingXml } from '../core/xml-refusal.js';
import type { Authenticator, Credential } from './authenticator.js';
import { homeProject, isTrusted, type Identity } from './core/identity.js';
import type { LimitsByRole } from './core/limits.js';
import { limitsTable, type Limits } from './core/limits-table.js';
import { callOf, mayCall, maySee, type Call, type CalledUpon, type Decision } from './core/may-call.js';
import { networksOf, offencesOf, ownerIn, poolsOf, secretsOf, type SecretReference } from './core/tenant-profile.js';
import type { RateLimits } from './rate-limits.js';
import type { ProvableToken } from './tokens.js';

export interface Caller {
  readonly identity: Identity;
  readonly via: AuditRecord['via'];
  /** The address that it calls from; absent on a local socket. */
  readonly from?: string | undefined;
}

/** An object that is called upon, and the words by which the caller named it. */
export interface Target extends CalledUpon {
  readonly reference: string;
}

export interface StoragePlace extends OwnedBy {
  readonly name: string;
  readonly path: string;
}

export interface GateOptions {
  readonly authenticator: Authenticator;
  readonly limits: RateLimits;
  /** What each role's credentials may send; the table's when absent. */
  readonly byRole?: LimitsByRole;
  /** Directories whose files anybody's definition may name. */
  readonly imageRoots: readonly string[];
  /** Every storage pool that is defined. */
  readonly pools: () => readonly StoragePlace[];
  /** The network that a definition plugs into; undefined when there is none of that name. */
  readonly network: (reference: string) => OwnedBy | undefined;
  /** The domain of that UUID, if there is one. */
  readonly domain: (uuid: string) => OwnedBy | undefined;
  /** The secret that a definition names; undefined when there is none. */
  readonly secret: (reference: SecretReference) => OwnedBy | undefined;
  readonly publish: (record: AuditRecord) => Promise<void>;
  /** Says what came of an audited request, as the services do of commands. */
  readonly settle: (write: Asked, refusal: Refusal | undefined) => Promise<void>;
  readonly now: () => string;
}

export interface Write {
  readonly commandId: string;
  /** The contract that is called, or by its name a procedure of libvirt's that did not come as far as to a contract. */
  readonly contract: { readonly subject: string };
  readonly object?: string | undefined;
  readonly project?: string | undefined;
}

/** What of a payload says where something is made, and whose it is to be. Nobody has looked at its fields yet. */
export interface Within {
  readonly network?: unknown;
  readonly xml?: unknown;
  readonly project?: unknown;
}

type Asked = Pick<Write, 'commandId' | 'contract'>;
export type Callable = Call | { readonly subject: string };

/** Whose disks a caller's definitions may have: what belongs to its own projects. */
const isOwn = ({ projects }: Identity, object: OwnedBy): boolean => isSeenFrom(projects, object, false);

const asCall = (callable: Callable): Call => ('subject' in callable ? callOf(callable) : callable);

const missing: Readonly<Record<string, { readonly code: ErrorCode; readonly words: string }>> = {
  domain: { code: 'no_domain', words: 'Domain not found: no domain with matching name' },
  network: { code: 'no_network', words: 'Network not found: no network with matching name' },
  pool: { code: 'no_pool', words: 'Storage pool not found: no storage pool with matching name' },
  secret: { code: 'no_secret', words: 'Secret not found: no secret with matching uuid' },
  volume: { code: 'no_pool', words: 'Storage pool not found: no storage pool with matching name' },
};

export const notFound = (resource: string, reference: string): Refusal => {
  if (resource === 'port') return noNetworkPort(reference);
  const { code, words } = missing[resource] ?? { code: 'no_resource', words: `no ${resource} with matching name` };
  return new Refusal(code, `${words} '${reference}'`);
};

export class Gate {
  constructor(private readonly options: GateOptions) {}

  /** The token of which somebody claims to know the secret. */
  provable(name: string): ProvableToken | undefined {
    return this.options.authenticator.provable(name);
  }

  /** What whoever does not know a token's secret is told. */
  notProved(from: string | undefined): Refusal {
    return this.options.authenticator.notProved(from);
  }

  /** @throws Refusal unauthenticated, rate_limited */
  identify(credential: Credential, from?: string): Promise<Identity> {
    return this.options.authenticator.identify(credential, from);
  }

  limitsOf({ role }: Pick<Identity, 'role'>): Limits {
    return (this.options.byRole ?? limitsTable)[role];
  }

  /** Before anything of the call is read but its name. @returns what may be sent with it. @throws Refusal rate_limited, forbidden */
  admit({ identity }: Caller, callable: Callable): Limits {
    const call = asCall(callable);
    const limits = this.limitsOf(identity);
    this.options.limits.take(`calls ${identity.name}`, limits.calls);
    this.enforce(identity, call, mayCall(identity, call));
    if (call.kind === 'command') this.options.limits.take(`writes ${identity.name}`, limits.writes);
    return limits;
  }

  /** @throws Refusal forbidden, or the one of an object that is not there */
  check({ identity }: Caller, callable: Callable, target: Target): void {
    const call = asCall(callable);
    this.enforce(identity, call, mayCall(identity, call, target), target);
  }

  sees({ identity }: Caller, resource: string, object: OwnedBy): boolean {
    return maySee(identity, resource, object);
  }

  /** The project that a new object falls to. @throws Refusal forbidden when the caller names one that is not its own */
  projectFor({ identity }: Caller, named: string | undefined): string | undefined {
    if (named === undefined) return homeProject(identity);
    if (identity.projects === 'all' || identity.projects.includes(named)) return named;
    throw new Refusal('forbidden', `operation forbidden: '${identity.name}' does not belong to the project '${named}'`);
  }

  /**
   * The project of what is made in something else, a port in a network: its owner's, else its network's, else the caller's first.
   * @param given what has been judged already: its owner is nobody whom the caller does not see. @throws Refusal forbidden
   */
  homeWithin(caller: Caller, { subject }: { readonly subject: string }, given: Within): OwnedBy {
    if (subject !== createNetworkPort.subject) return {};
    const [xml, network, project] = [given.xml, given.network, given.project].map((one) => (typeof one === 'string' ? one : undefined));
    const uuid = ownerNamedIn(xml ?? '');
    const owner = uuid === undefined ? undefined : this.options.domain(uuid);
    const named = project ?? (owner ?? this.options.network(network ?? ''))?.project;
    return defined({ project: this.projectFor(caller, named) });
  }

  /**
   * Whether a definition, whole or of one device, may be the caller's.
   * @param home the project of the domain: its networks are those that this one sees, whatever else its owner does
   * @throws Refusal forbidden with the path of the element; xml_error and its kin; no_network, no_pool, no_secret
   */
  checkDefinition(caller: Caller, xml: string, home?: string): void {
    const { identity } = caller;
    if (isTrusted(identity)) return;
    const root = readingXml(() => judged(xml));
    const own = this.options.pools().filter((pool) => isOwn(identity, pool));
    const roots = [...this.options.imageRoots, ...own.map(({ path }) => path)];
    const [first] = offencesOf(root, { grants: identity.grants, roots });
    if (first) throw offenceRefusal(first);
    this.checkNetworks(caller, root, home);
    this.checkSecrets(caller, root);
    this.checkOwner(caller, root);
    for (const name of poolsOf(root)) if (!own.some((pool) => pool.name === name)) throw notFound('pool', name);
  }

  /** Before the command is sent: a change of which nothing can be said afterwards is not made. */
  async audit({ identity, via, from }: Caller, { commandId, contract, object, project }: Write, refusal?: Refusal): Promise<void> {
    await this.options.publish({
      commandId,
      who: identity.name,
      role: identity.role,
      via,
      call: contract.subject,
      allowed: refusal === undefined,
      at: this.options.now(),
      ...(from === undefined ? {} : { from }),
      ...(object === undefined ? {} : { object }),
      ...(project === undefined ? {} : { project }),
      ...(refusal === undefined ? {} : { code: refusal.code }),
    });
  }

  /**
   * Carries out what is asked of a service by request and changes something all the same, or shows what is secret: who asked is told
   * before, and what came of it under the same id.
   */
  async audited<T>(caller: Caller, write: Write, act: () => Promise<T>): Promise<T> {
    await this.audit(caller, write);
    return this.settled(write, act);
  }

  /** The second half: what has been audited is carried out. */
  async settled<T>(write: Asked, act: () => Promise<T>): Promise<T> {
    const ended = await act().then(
      (answer) => ({ answer }),
      (thrown: unknown) => ({ thrown }),
    );
    await this.settle(write, 'thrown' in ended ? ended.thrown : undefined);
    if ('thrown' in ended) throw ended.thrown;
    return ended.answer;
  }

  /** @param thrown why it did not end well */
  settle(write: Asked, thrown?: unknown): Promise<void> {
    return this.options.settle(write, thrown === undefined ? undefined : refusalFrom(thrown));
  }

  private checkNetworks(caller: Caller, root: XmlElement, home: string | undefined): void {
    for (const reference of networksOf(root)) {
      const network = this.options.network(reference);
      if (!network || !this.sees(caller, 'network', network)) throw notFound('network', reference);
      if (home === undefined || isSeenFrom([home], network, true)) continue;
      // The caller sees it: nothing is given away, and the start would be refused in these words.
      throw new Refusal('no_network', `${notFound('network', reference).message} among those that the project '${home}' sees`);
    }
  }

  /** A port may be for a domain of the caller's own, or for none at all. */
  private checkOwner(caller: Caller, root: XmlElement): void {
    const uuid = ownerIn(root);
    const owner = uuid === undefined ? undefined : this.options.domain(uuid);
    if (owner && !this.sees(caller, 'domain', owner)) throw notFound('domain', uuid ?? '');
  }

  private checkSecrets(caller: Caller, root: XmlElement): void {
    for (const reference of secretsOf(root)) {
      const secret = this.options.secret(reference);
      if (secret && this.sees(caller, 'secret', secret)) continue;
      if ('uuid' in reference) throw notFound('secret', reference.uuid);
      throw new Refusal('no_secret', `Secret not found: no secret with matching usage '${reference.usage}'`);
    }
  }

  private enforce({ name, role }: Identity, { resource, verb }: Call, decision: Decision, target?: Target): void {
    if (decision.type === 'allowed') return;
    if (decision.type === 'hidden') throw notFound(target?.kind ?? resource, target?.reference ?? '');
    const words = `operation forbidden: ${resource} ${verb} needs the role ${decision.needs}`;
    throw new Refusal('forbidden', `${words}${role === decision.needs ? ' in every project' : ''}; '${name}' is ${role}`);
  }
}

/** On which host a port is may be said by whoever makes it. */
function judged(xml: string): XmlElement {
  const root = parseXml(xml, 'definition');
  return root.name === 'networkport' ? parseXml(withoutPlacement(xml), 'definition') : root;
}

/** Nobody in what is no XML: that is refused where it is read as a port's. */
function ownerNamedIn(xml: string): string | undefined {
  try {
    return ownerIn(parseXml(withoutPlacement(xml), 'definition'));
  } catch (thrown) {
    if (thrown instanceof LibvirtError) return undefined;
    throw thrown;
  }
}

function offenceRefusal({ path, element, why, grant }: ReturnType<typeof offencesOf>[number]): Refusal {
  const next = grant === undefined ? 'only an administrator may define it' : `the credential needs the grant '${grant}'`;
  return new Refusal('forbidden', `operation forbidden: <${element}>: ${why}; ${next}`, { path });
}
