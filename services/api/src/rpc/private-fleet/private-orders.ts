import * as contracts from '@virtbus/contracts';
import type { CommandContract, DomainRecord, ObjectId, PayloadOf, PoolRecord, ReplyOf } from '@virtbus/contracts';
import type { NetworkChange } from '../../network.runner.js';
import type { PoolChange } from '../../pools/pool.runner.js';
import type { Orders } from '../session.js';
import { NotSimulated } from './not-simulated.js';
import { privateChanges } from './private-changes.js';
import { on, type Carried, type PrivateServices } from './private-services.js';

function refuseAgent(mode: contracts.ShutdownMode | undefined): void {
  if (mode === 'agent') throw new NotSimulated('an agent inside of a guest');
}

/** The commands of the fleet, carried out at once and in this process. One that nobody simulates is refused by its name. */
export class PrivateOrders implements Orders {
  private readonly table: ReadonlyMap<string, Carried>;

  constructor(private readonly of: PrivateServices) {
    this.table = new Map([
      ...this.aboutDefinitions(),
      ...this.aboutGuests(),
      ...privateChanges(of),
      ...this.aboutNetworks(),
      ...this.aboutPools(),
      ...this.aboutVolumes(),
    ]);
  }

  async run<C extends CommandContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    const carry = this.table.get(contract.subject);
    if (!carry) throw new NotSimulated(contract.subject);
    return (await carry(payload as never)) as ReplyOf<C>;
  }

  ask<C extends contracts.RequestContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    return this.of.questions.answer(contract, payload);
  }

  async askHost<C extends contracts.RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    return (await this.of.storage.ask(pool, contract, payload)).reply;
  }

  upload(): Promise<never> {
    return Promise.reject(new NotSimulated(contracts.uploadHostVolume.subject));
  }

  download(): Promise<never> {
    return Promise.reject(new NotSimulated(contracts.downloadHostVolume.subject));
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
      on(contracts.renameDomain, async ({ domain, name }) => {
        const { uuid, before = name } = await domains.rename(domain, name, this.of.newUuid());
        this.domainTold('undefined', { uuid, name: before, detail: 'renamed' });
        return this.domainTold('defined', { uuid, name, detail: 'renamed' });
      }),
      on(contracts.setAgentTimeout, ({ domain, seconds }) => domains.setAgentTimeout(domain, seconds)),
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
      // Guests here always listen to their power button, and have no agent.
      on(contracts.shutdownDomain, ({ domain, mode }) =>
        this.guest(domain, (record) => {
          refuseAgent(mode);
          hypervisor.stop(record, 'shutdown');
        }),
      ),
      on(contracts.suspendDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.suspend(record))),
      on(contracts.resumeDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.resume(record))),
      on(contracts.rebootDomain, ({ domain, mode }) =>
        this.guest(domain, (record) => {
          refuseAgent(mode);
          hypervisor.reboot(record);
        }),
      ),
      on(contracts.resetDomain, ({ domain }) => this.guest(domain, (record) => hypervisor.reboot(record))),
      on(contracts.sendKeys, ({ domain }) => this.guest(domain, (record) => hypervisor.poke(record))),
      on(contracts.putGuestToSleep, ({ domain }) => this.guest(domain, () => refuseAgent('agent'))),
      on(contracts.injectNmi, ({ domain }) => this.guest(domain, (record) => hypervisor.poke(record))),
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
      on(contracts.updateNetwork, (update) => networks.update(update, () => new Map())),
      on(contracts.setNetworkAutostart, ({ network, autostart }) => networks.setAutostart(network, autostart)),
    ];
  }

  private aboutPools(): [string, Carried][] {
    const { pools } = this.of;
    return [
      on(contracts.definePool, async ({ xml }) => this.poolTold(await pools.define(xml))),
      on(contracts.createPool, async ({ xml, build }) => this.poolTold(await pools.create(xml, { build }))),
      on(contracts.undefinePool, async ({ pool }) => this.poolTold(await pools.undefine(pool))),
      on(contracts.buildPool, async ({ pool, build }) => this.poolTold(await pools.build(pool, build))),
      on(contracts.startPool, async ({ pool, build }) => this.poolTold(await pools.start(pool, build))),
      on(contracts.destroyPool, async ({ pool }) => this.poolTold(await pools.destroy(pool))),
      on(contracts.deletePool, async ({ pool }) => this.poolTold(await pools.delete(pool))),
      on(contracts.refreshPool, async ({ pool }) => this.poolTold(await pools.refresh(pool))),
      on(contracts.setPoolAutostart, async ({ pool, autostart }) => this.poolTold(await pools.setAutostart(pool, autostart))),
    ];
  }

  private aboutVolumes(): [string, Carried][] {
    const { volumes } = this.of;
    return [
      on(contracts.createVolume, (order) => volumes.create(order)),
      on(contracts.deleteVolume, (order) => volumes.delete(order)),
      on(contracts.resizeVolume, (order) => volumes.resize(order)),
      on(contracts.wipeVolume, (order) => volumes.wipe(order)),
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

  private poolTold(changes: readonly PoolChange[]): ObjectId {
    let subject: ObjectId = { uuid: '', name: '' };
    for (const { what, record } of changes) {
      subject = { uuid: record.uuid, name: record.name };
      this.of.tell('pool', what, Object.assign({ ...subject }, { at: this.of.now() }));
    }
    return subject;
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
