import * as contracts from '@virtbus/contracts';
import type { DomainHappening, DomainState, HostNetworkRecord } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { DeviceEventName, DomainEventName, Reports } from '../ports.js';

const events = {
  started: contracts.domainStarted,
  suspended: contracts.domainSuspended,
  resumed: contracts.domainResumed,
  shutdown: contracts.domainShutdown,
  stopped: contracts.domainStopped,
  rebooted: contracts.domainRebooted,
  crashed: contracts.domainCrashed,
  pmsuspended: contracts.domainPmsuspended,
  deviceadded: contracts.deviceAdded,
  deviceremoved: contracts.deviceRemoved,
  deviceremovalfailed: contracts.deviceRemovalFailed,
  controlerror: contracts.controlFailed,
} as const satisfies Partial<Record<DomainEventName | DeviceEventName, contracts.EventContract>>;

const isTold = (what: DomainEventName | DeviceEventName): what is keyof typeof events => what in events;

export class BusReports implements Reports {
  constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
  ) {}

  async domainState(state: DomainState): Promise<void> {
    await this.bus.bucket(contracts.domainStatesBucket).put({ uuid: state.uuid }, state);
  }

  /** The id makes a repeated report one event: an epoch has one boot and one end, and anything else, waking up among it, has its instant. */
  async domainEvent(what: DomainEventName | DeviceEventName, happening: DomainHappening, commandId?: string): Promise<void> {
    // Definitions are the api's to tell of.
    if (!isTold(what)) return;
    const { uuid, epoch, at, detail } = happening;
    const once = (what === 'started' && detail === 'booted') || what === 'stopped';
    const id = `${uuid}.${epoch}.${what}${once ? '' : `.${detail}.${at}`}`;
    await this.bus.publish(events[what], happening, { tokens: { uuid }, id, ...(commandId === undefined ? {} : { causedBy: commandId }) });
  }

  async rxFilterChanged(happening: contracts.RxFilterHappening): Promise<void> {
    const { uuid, alias, at } = happening;
    await this.bus.publish(contracts.rxFilterChanged, happening, { tokens: { uuid }, id: `${uuid}.rxfilter.${alias}.${at}` });
  }

  async hasNetwork(record: HostNetworkRecord): Promise<void> {
    await this.bus.bucket(contracts.hostNetworks).put({ hostId: this.hostId, uuid: record.uuid }, record);
  }

  async lostNetwork(uuid: string): Promise<void> {
    await this.bus.bucket(contracts.hostNetworks).delete({ hostId: this.hostId, uuid });
  }
}
