/**
 * What the commands need of the fleet, and nothing of how it is reached. The names are those of the contracts, so that an
 * implementation is one table from names to addresses.
 */
import type * as contracts from '@virtbus/contracts';
import type { PayloadOf, PoolDetail, ReplyOf, VolumeRecord } from '@virtbus/contracts';
import type { Happened, Subject } from './core/happened.js';
import type { Piece } from './core/zeros.js';

export { lengthOf, type Piece } from './core/zeros.js';

type Contracts = typeof contracts;

export type Question =
  | 'listNetworkPorts'
  | 'getNetworkPortXml'
  | 'getDomainAddresses'
  | 'getCardFilter'
  | 'getDomainMetadata'
  | 'getDomainStats'
  | 'takeScreenshot'
  | 'listDomains'
  | 'getDomain'
  | 'getDomainXml'
  | 'listNetworks'
  | 'getNetworkXml'
  | 'listLeases'
  | 'listHosts'
  | 'listNwfilters'
  | 'getNwfilterXml'
  | 'listNwfilterBindings'
  | 'getNwfilterBindingXml'
  | 'listPools'
  | 'getPool'
  | 'listVolumes'
  | 'getVolume'
  | 'listTokens'
  | 'getCapabilities'
  | 'getGuestCapabilities'
  | 'listSecrets'
  | 'getSecret'
  | 'getSecretValue'
  // No order: no stream is to hold a value.
  | 'setSecretValue';

export type DomainOrder =
  | 'undefineDomain'
  | 'shutdownDomain'
  | 'destroyDomain'
  | 'suspendDomain'
  | 'resumeDomain'
  | 'rebootDomain'
  | 'resetDomain';
export type NetworkOrder = 'undefineNetwork' | 'startNetwork' | 'destroyNetwork';
export type PoolOrder = 'undefinePool' | 'buildPool' | 'destroyPool' | 'deletePool' | 'refreshPool';
export type Order =
  | DomainOrder
  | NetworkOrder
  | PoolOrder
  | 'definePool'
  | 'createPool'
  | 'startPool'
  | 'setPoolAutostart'
  | 'createVolume'
  | 'deleteVolume'
  | 'resizeVolume'
  | 'wipeVolume'
  | 'defineSecret'
  | 'undefineSecret'
  | 'attachDevice'
  | 'detachDevice'
  | 'updateDevice'
  | 'defineDomain'
  | 'createDomain'
  | 'startDomain'
  | 'renameDomain'
  | 'setAgentTimeout'
  | 'setDomainAutostart'
  | 'setDomainMemory'
  | 'setDomainMetadata'
  | 'setDomainVcpus'
  | 'tuneInterface'
  | 'tuneDisk'
  | 'pinThread'
  | 'putGuestToSleep'
  | 'wakeGuest'
  | 'setBlockThreshold'
  | 'injectNmi'
  | 'resizeDisk'
  | 'setGuestTime'
  | 'askGuest'
  | 'runAgentCommand'
  | 'runMonitorCommand'
  | 'sendKeys'
  | 'defineNetwork'
  | 'createNetwork'
  | 'setNetworkAutostart'
  | 'updateNetwork'
  | 'createNetworkPort'
  | 'deleteNetworkPort'
  | 'defineNwfilter'
  | 'undefineNwfilter'
  | 'createNwfilterBinding'
  | 'deleteNwfilterBinding'
  | 'cordonHost'
  | 'uncordonHost'
  | 'createToken'
  | 'revokeToken';

export type QuestionPayload<N extends Question> = PayloadOf<Contracts[N]>;
export type Answer<N extends Question> = ReplyOf<Contracts[N]>;
export type OrderPayload<N extends Order> = PayloadOf<Contracts[N]>;
export type Result<N extends Order> = ReplyOf<Contracts[N]>;

export interface OrderOptions {
  /** How long to wait for the outcome. Milliseconds. */
  readonly timeoutMs: number;
  /** The command is about to be sent; from here on it goes its way without its sender. */
  readonly onSent?: (commandId: string) => void;
}

export interface ConsoleQuestion {
  readonly hostId: string;
  readonly uuid: string;
  readonly device?: string;
  readonly force?: boolean;
}

/** A guest's serial line. */
export interface ConsoleLine {
  send(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** Settles when the other side has ended the session, or it is closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** What a guest's QEMU has told. */
export type MonitorSaid = PayloadOf<Contracts['monitorEvent']>;

/** Bytes of a volume, from one on; to the end of the volume, or of what is sent, when there is no length. */
export interface VolumePart {
  readonly pool: Pick<PoolDetail, 'uuid' | 'path'>;
  readonly volume: Pick<VolumeRecord, 'name' | 'hostId'>;
  readonly offsetBytes: number;
  readonly lengthBytes?: number | undefined;
  /** Of a download: where nothing was written holes come instead of zeros. */
  readonly sparse?: boolean | undefined;
}

/** Pieces in their order: those behind one come when it has resolved. */
export type Take = (piece: Piece) => Promise<void>;

/** Every method throws `FleetError`. */
export interface Fleet {
  ask<N extends Question>(name: N, payload: QuestionPayload<N>): Promise<Answer<N>>;
  /** Sends a command and waits for its outcome. */
  run<N extends Order>(name: N, payload: OrderPayload<N>, options: OrderOptions): Promise<Result<N>>;
  /** Tells what happens to domains, or networks, from now on, in order; the promise settles when nothing will be missed any more. */
  watch(listener: (happened: Happened) => void, kind?: Subject): Promise<void>;
  /** Tells what QEMU's monitors say, of one domain or of all; the promise settles when nothing will be missed any more. */
  hearMonitors(listener: (said: MonitorSaid) => void, uuid?: string): Promise<void>;
  openConsole(question: ConsoleQuestion): Promise<ConsoleLine>;
  /** Ends with the reason of the signal when that is aborted, or with what `take` throws. */
  download(part: VolumePart, take: Take, signal: AbortSignal): Promise<void>;
  /** Overwrites; what was written stays when it fails, or ends with the reason of the signal. */
  upload(part: VolumePart, pieces: AsyncIterable<Piece>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface FleetErrorOptions {
  /** Where in the message or in the XML. */
  readonly path?: string | undefined;
  /** libvirt's number. */
  readonly libvirt?: number | undefined;
  readonly cause?: unknown;
}

/** A refusal of the fleet, or why it could not be asked. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly path: string | undefined;
  readonly libvirt: number | undefined;

  constructor(
    /** A code of the contracts, or `fleet_unreachable`, `outcome_overdue`. */
    readonly code: string,
    message: string,
    { path, libvirt, cause }: FleetErrorOptions = {},
  ) {
    super(message, { cause });
    this.path = path;
    this.libvirt = libvirt;
  }
}
