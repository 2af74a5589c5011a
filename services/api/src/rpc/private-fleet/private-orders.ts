import * as contracts from '@virtbus/contracts';
import { Refusal, type CommandContract, type DomainRecord, type ObjectId, type PayloadOf, type ReplyOf } from '@virtbus/contracts';
import type { DomainRunner } from '../../domain.runner.js';
import type { NetworkChange, NetworkRunner } from '../../network.runner.js';
import type { Orders } from '../session.js';
import type { SimulatedHypervisor } from './simulated-hypervisor.js';

export interface PrivateServices {
  readonly domains: DomainRunner;
  readonly networks: NetworkRunner;
  readonly hypervisor: SimulatedHypervisor;
  readonly newUuid: () => string;
  /** An event of the private fleet: `virtbus.v1.evt.<kind>.<uuid>.<what>` and its payload. */
  readonly tell: (kind: 'domain' | 'network', what: string, happening: { readonly uuid: string; readonly name: string }) => void;
  readonly now: () => string;
}

const NO_SUPPORT = 3;

type Carried = (payload: never) => Promise<object>;
const on = <C extends CommandContract>(contract: C, act: (payload: PayloadOf<C>) => Promise<ReplyOf<C>>): [string, Carried] => [
  contract.subject,
  act,
];

/** The commands of the fleet, carried out at once and in this process. One that nobody simulates is refused by its name. */
export class PrivateOrders implements Orders {
  private readonly table: ReadonlyMap<string, Carried>;

  constructor(private readonly of: PrivateServices) {
    this.table = new Map([...this.aboutDefinitions(), ...this.aboutGuests(), ...this.aboutNetworks()]);
  }

  async run<C extends CommandContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    const carry = this.table.get(contract.subject);
    if (!carry) throw this.refusal(contract.subject);
    return (await carry(payload as never)) as ReplyOf<C>;
  }

  ask(contract: contracts.RequestContract): Promise<never> {
    return Promise.reject(this.refusal(contract.subject));
  }

  /** For what nobody simulates: libvirt's number for a function that a driver does not have. */
  refusal(what: string): Refusal {
    return new Refusal('config_unsupported', `this function is not supported by the connection driver: ${what} is not simulated`, {
      libvirt: NO_SUPPORT,
    });
  }

  private aboutDefinitions(): [string, Carried][] {
    const { domains, hypervisor } = this.of;
    return [
      on(contracts.defineDomain, async ({ xml }) => this.domainTold('defined', await domains.define(xml))),
      on(contracts.undefineDomain, async ({ domain }) =>
        this.domainTold('undefined', { ...(await domains.undefine(domain)), detail: 'removed' }),
      ),
      on(contracts.createDomain, async ({ xml, paused = false }) => {
        const { uuid, name } = await domains.defineTransient(xml, { uuid: this.of.newUuid(), again: false });
        hypervisor.start(await domains.record(uuid), { paused });
        return { uuid, name };
      }),
      on(contracts.setDomainAutostart, async ({ domain, autostart }) => {
        await domains.setAutostart(domain, autostart);
        return {};
      }),
    ];
  }

  private aboutGuests(): [string, Carried][] {
    const { hypervisor } = this.of;
    return [
      on(contracts.startDomain, ({ domain, paused = false }) => this.guest(domain, (record) => hypervisor.start(record, { paused }))),
      on(contracts.destroyDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.stop(record, 'destroyed'))),
      // Guests here always listen to their power button.
      on(contracts.shutdownDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.stop(record, 'shutdown'))),
      on(contracts.suspendDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.suspend(record))),
      on(contracts.resumeDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.resume(record))),
      on(contracts.rebootDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.reboot(record))),
      on(contracts.resetDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.reboot(record))),
    ];
  }

  private aboutNetworks(): [string, Carried][] {
    const { networks } = this.of;
    return [
      on(contracts.defineNetwork, async ({ xml }) => this.networkTold(await networks.define(xml))),
      on(contracts.createNetwork, async ({ xml }) => this.networkTold(await networks.create(xml))),
      on(contracts.undefineNetwork, async ({ network }) => this.networkTold(await networks.undefine(network))),
      on(contracts.startNetwork, async ({ network }) => this.networkTold(await networks.start(network))),
      on(contracts.destroyNetwork, async ({ network }) => this.networkTold(await networks.destroy(network))),
      on(contracts.setNetworkAutostart, ({ network, autostart }) => networks.setAutostart(network, autostart)),
    ];
  }

  private async guest(reference: string, act: (record: DomainRecord) => void): Promise<ObjectId> {
    const record = await this.of.domains.record(reference);
    act(record);
    const { uuid, name } = record;
    if (!this.of.hypervisor.isActive(uuid)) await this.of.domains.stopped(uuid);
    return { uuid, name };
  }

  private domainTold(what: string, { uuid, name, detail }: ObjectId & { readonly detail: string }): ObjectId {
    this.of.tell('domain', what, Object.assign({ uuid, name }, { detail, at: this.of.now() }));
    return { uuid, name };
  }

  private networkTold(changes: readonly NetworkChange[]): ObjectId {
    let subject: ObjectId = { uuid: '', name: '' };
    for (const { what, record } of changes) {
      subject = { uuid: record.uuid, name: record.name };
      this.of.tell('network', what, Object.assign({ ...subject }, { at: this.of.now() }));
    }
    return subject;
  }
}
