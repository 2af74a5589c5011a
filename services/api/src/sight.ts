import type { OwnedBy, PortRecord, PortSummary } from '@virtbus/contracts';
import { mayCall, maySee, type Caller } from './access/index.js';
import type { FleetMemory, Owned } from './fleet.memory.js';

const aboutSecrets = { resource: 'secret', verb: 'events', kind: 'request' } as const;

/** What of the fleet there is for one caller, whichever way it comes in. Whatever is not is as if it were not there at all. */
export class Sight {
  constructor(
    private readonly caller: Pick<Caller, 'identity'>,
    private readonly memory: FleetMemory,
  ) {}

  /** Whether anything can be hidden from it. */
  get isBound(): boolean {
    return this.caller.identity.projects !== 'all';
  }

  sees(kind: Owned | 'port', object: OwnedBy): boolean {
    return maySee(this.caller.identity, kind, object);
  }

  /** By its UUID, also for a while after it is gone. Of what nobody knows nobody can say whose it is. */
  has(kind: Owned, uuid: string): boolean {
    if (!this.isBound) return true;
    const owner = this.memory.ownerOf(kind, uuid);
    return owner !== undefined && this.sees(kind, owner);
  }

  /** Whether what happens to an object is the caller's to know: of secrets, whoever may ask about them hears. */
  hears(kind: Owned, uuid: string): boolean {
    return (kind !== 'secret' || mayCall(this.caller.identity, aboutSecrets).type === 'allowed') && this.has(kind, uuid);
  }

  /** Ports are those of their domains, or of whoever has made them: a network that is shared does not share who plugs into it. */
  seesPort({ byHand, domain }: PortRecord): boolean {
    return byHand ? this.sees('port', byHand) : this.has('domain', domain);
  }

  /** As a list of a network's shows it. */
  hasPort({ uuid, domain, byHand = false }: PortSummary, network: string): boolean {
    if (!this.isBound) return true;
    if (!byHand) return this.has('domain', domain);
    const record = this.memory.network(network.toLowerCase()) ?? this.memory.networkNamed(network);
    const port = this.memory.port(record?.uuid ?? '', uuid);
    return port !== undefined && this.seesPort(port);
  }

  portsOf(networkUuid: string): PortRecord[] {
    return this.memory.views.ports
      .entries()
      .map(({ value }) => value)
      .filter((port) => port.networkUuid === networkUuid && this.seesPort(port));
  }

  /** Whether whose interface has the MAC on a network is the caller's to know, or the network itself belongs to one of its projects. */
  knowsMac(network: string, mac: string): boolean {
    if (!this.isBound) return true;
    const record = this.memory.network(network) ?? this.memory.networkNamed(network);
    if (record?.project !== undefined && this.sees('network', record)) return true;
    const port = this.memory.views.ports.get({ networkUuid: record?.uuid ?? '', mac: mac.replaceAll(':', '') })?.value;
    return port !== undefined && this.seesPort(port);
  }
}
