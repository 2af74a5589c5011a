import * as api from '../api/index.js';
import * as hostAgent from '../host-agent/index.js';
import * as netd from '../netd/index.js';
import * as scheduler from '../scheduler/index.js';
import { operationFinished } from '../outcome.contract.js';
import type { BucketContract, CommandContract, EventContract, RequestContract, ServiceName, SignalContract } from '../contract.js';

/** What a service does with contracts beyond handling and writing its own. A test compares it with the services' source. */
export interface Traffic {
  readonly sends: readonly CommandContract[];
  /** Whether it waits for the outcome of what it sends. */
  readonly awaitsOutcomes: boolean;
  readonly asks: readonly RequestContract[];
  /** Events of others, each with the name of the durable consumer that the replicas share. */
  readonly hears: readonly { readonly contract: EventContract; readonly durable: string }[];
  /** Signals of others. */
  readonly listens: readonly SignalContract[];
  /** Buckets, its own among them. */
  readonly reads: readonly BucketContract[];
  /** Whether it follows the events stream for whoever listens now, from a consumer of its own. */
  readonly followsEvents: boolean;
  /** Subjects without a contract: pieces of a console's stream or of a volume, for the host's side of it or the user's. */
  readonly consoles: 'guest' | 'user' | 'none';
}

/** A gateway sends and asks whatever its clients may: each new contract among it. */
const commandsIn = (...modules: readonly Readonly<Record<string, unknown>>[]): CommandContract[] =>
  modules.flatMap((module) => Object.values<unknown>(module)).filter(isCommand);
const requestsIn = (...modules: readonly Readonly<Record<string, unknown>>[]): RequestContract[] =>
  modules.flatMap((module) => Object.values<unknown>(module)).filter(isRequest);
const kindOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined);
const isCommand = (value: unknown): value is CommandContract => kindOf(value) === 'command';
const isRequest = (value: unknown): value is RequestContract => kindOf(value) === 'request';

export const traffic: Readonly<Record<ServiceName, Traffic>> = {
  api: {
    // Its gateways send what their clients ask for: to the scheduler, and to whichever replica is free.
    sends: [
      ...commandsIn(scheduler, api),
      ...[hostAgent.setPlacedMemory, hostAgent.setPlacedVcpus, hostAgent.setPlacedMetadata, hostAgent.tunePlacedInterface],
      hostAgent.tunePlacedDisk,
      hostAgent.pinPlacedThread,
    ],
    awaitsOutcomes: true,
    asks: [
      ...requestsIn(api),
      ...[
        netd.createPort,
        netd.releasePorts,
        netd.shapePort,
        hostAgent.ensureHostNetwork,
        hostAgent.readHostLeases,
        hostAgent.readGuestAddresses,
        hostAgent.readCardFilter,
        hostAgent.openConsole,
        hostAgent.openGraphics,
        hostAgent.readHostStats,
        hostAgent.takeHostScreenshot,
      ],
      ...[hostAgent.buildHostPool, hostAgent.removeHostPool, hostAgent.lookAtHostPool, hostAgent.makeHostVolume],
      ...[hostAgent.removeHostVolume, hostAgent.resizeHostVolume, hostAgent.wipeHostVolume, hostAgent.lookAtHostVolume],
      ...[hostAgent.uploadHostVolume, hostAgent.downloadHostVolume],
      ...[hostAgent.makeHostBinding, hostAgent.removeHostBinding],
    ],
    hears: [
      { contract: hostAgent.domainStopped, durable: 'api-transient-stopped' },
      { contract: operationFinished, durable: 'api-audits' },
    ],
    listens: [hostAgent.monitorEvent],
    reads: [
      api.domainRecords,
      api.domainNames,
      api.networkRecords,
      api.networkNames,
      api.bridgeNames,
      api.hostWishes,
      api.fleetStarts,
      api.nwfilterRecords,
      api.nwfilterNames,
      api.secretRecords,
      api.secretUsages,
      api.secretValues,
      api.apiTokens,
      api.saltSecrets,
      api.poolRecords,
      api.poolNames,
      hostAgent.hostPools,
      hostAgent.volumeRecords,
      hostAgent.bindingRecords,
      scheduler.placements,
      scheduler.hostClaims,
      hostAgent.domainStatesBucket,
      hostAgent.hostFacts,
      hostAgent.hostNetworks,
      netd.portRecords,
      hostAgent.emulatorFacts,
    ],
    followsEvents: true,
    consoles: 'user',
  },
  scheduler: {
    sends: [
      hostAgent.startPlacedDomain,
      hostAgent.shutdownPlacedDomain,
      hostAgent.destroyPlacedDomain,
      hostAgent.suspendPlacedDomain,
      hostAgent.resumePlacedDomain,
      hostAgent.rebootPlacedDomain,
      hostAgent.resetPlacedDomain,
      hostAgent.sendPlacedKeys,
      hostAgent.injectPlacedNmi,
      ...[hostAgent.setPlacedThreshold, hostAgent.putPlacedToSleep, hostAgent.wakePlaced],
      hostAgent.resizePlacedDisk,
      hostAgent.runPlacedMonitor,
      hostAgent.runPlacedAgent,
      hostAgent.setPlacedTime,
      hostAgent.attachPlacedDevice,
      hostAgent.detachPlacedDevice,
      hostAgent.updatePlacedDevice,
    ],
    awaitsOutcomes: false,
    asks: [api.reviseDevice],
    hears: [
      { contract: hostAgent.domainStopped, durable: 'scheduler-release' },
      { contract: operationFinished, durable: 'scheduler-never-begun' },
    ],
    listens: [],
    reads: [
      scheduler.placements,
      scheduler.hostClaims,
      api.domainRecords,
      api.domainNames,
      api.networkRecords,
      api.networkNames,
      api.hostWishes,
      hostAgent.domainStatesBucket,
      hostAgent.hostFacts,
      api.poolRecords,
      api.poolNames,
      hostAgent.volumeRecords,
    ],
    followsEvents: false,
    consoles: 'none',
  },
  netd: {
    sends: [hostAgent.stopHostNetwork],
    awaitsOutcomes: false,
    asks: [],
    hears: [{ contract: api.networkStopped, durable: 'netd-network-stopped' }],
    listens: [],
    reads: [
      netd.portRecords,
      netd.addressRecords,
      netd.vniRecords,
      netd.overlayRecords,
      netd.hostDeviceRecords,
      netd.networkFloors,
      api.domainRecords,
      api.networkRecords,
      api.networkNames,
      hostAgent.hostFacts,
      hostAgent.hostNetworks,
      hostAgent.domainStatesBucket,
    ],
    followsEvents: false,
    consoles: 'none',
  },
  'host-agent': {
    sends: [],
    awaitsOutcomes: false,
    asks: [api.reviseDevice, netd.allocatePorts, netd.releasePorts, netd.shapePort, netd.followGuestMac, netd.getNetworkPlan],
    hears: [],
    listens: [],
    reads: [
      netd.portRecords,
      api.networkRecords,
      api.nwfilterRecords,
      api.poolRecords,
      hostAgent.hostFacts,
      hostAgent.hostNetworks,
      hostAgent.hostPools,
      hostAgent.volumeRecords,
      hostAgent.bindingRecords,
    ],
    followsEvents: false,
    consoles: 'guest',
  },
};
