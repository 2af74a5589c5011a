import {
  memoryFailureActions,
  memoryFailureRecipients,
  type AgentChanged,
  type BlockThresholdPassed,
  type MemoryDeviceResized,
  type MemoryFailed,
} from '@virtbus/contracts';
import type { BalloonChanged, DiskFailed, DomainHappening, GraphicsChanged, GraphicsEnd, RtcChanged, TrayMoved } from '@virtbus/contracts';
import { eventProcedures as messages } from '@virtbus/libvirt-rpc';
import type { DomainHandle } from './handles.js';
import { telling, type Telling } from './telling.js';

/** virDomainEventID. */
const event = {
  rtcChange: 2,
  watchdog: 3,
  ioError: 4,
  graphics: 5,
  ioErrorReason: 6,
  controlError: 7,
  trayChange: 10,
  wakeup: 11,
  suspend: 12,
  balloonChange: 13,
  suspendToDisk: 14,
  agentLifecycle: 18,
  blockThreshold: 24,
  memoryFailure: 25,
  memoryDeviceSize: 26,
} as const;

/** virDomainEventWatchdogAction, in QEMU's words. */
const watchdogActions = ['none', 'pause', 'reset', 'poweroff', 'shutdown', 'debug', 'inject-nmi'];
/** virDomainEventIOErrorAction. */
const diskActions = ['none', 'pause', 'report'];
/** virDomainEventGraphicsPhase and virDomainEventGraphicsAddressType. */
const phases = ['connect', 'initialize', 'disconnect'];
const families = ['ipv4', 'ipv6', 'unix'];
/** virConnectDomainEventAgentLifecycleState and virConnectDomainEventAgentLifecycleReason. */
const agentStates = ['', 'connected', 'disconnected'];
const DOMAIN_STARTED = 1;
const AGENT_CHANNEL = 2;
/** virDomainMemoryFailureFlags. */
const ACTION_REQUIRED = 1;
const RECURSIVE = 2;
/** The one reason of events about sleep. */
const UNKNOWN = 0;

/** A word that libvirt does not have counts as the first. */
const numberOf = (words: readonly string[], word: string): number => Math.max(0, words.indexOf(word));

function diskFailed({ source = '', device, action, reason }: DiskFailed, dom: DomainHandle): Telling[] {
  const msg = { dom, srcPath: source, devAlias: device, action: numberOf(diskActions, action) };
  return [
    telling(event.ioError, messages.domain_event_callback_io_error, (callbackID) => ({ callbackID, msg })),
    telling(event.ioErrorReason, messages.domain_event_callback_io_error_reason, (callbackID) => ({ callbackID, msg: { ...msg, reason } })),
  ];
}

const endOf = ({ family, address, service }: GraphicsEnd) => ({ family: numberOf(families, family), node: address, service });

function graphics({ phase, local, remote, authScheme }: GraphicsChanged, dom: DomainHandle): Telling[] {
  const ends = { local: endOf(local), remote: endOf(remote) };
  const msg = { dom, phase: numberOf(phases, phase), ...ends, authScheme, subject: [] };
  return [telling(event.graphics, messages.domain_event_callback_graphics, (callbackID) => ({ callbackID, msg }))];
}

/** By the last word of the subject on the bus; each says what its contract has beyond a happening. */
const guestEvents: Readonly<Record<string, (happening: never, dom: DomainHandle) => Telling[]>> = {
  controlerror: (_: DomainHappening, dom) => [
    telling(event.controlError, messages.domain_event_callback_control_error, (callbackID) => ({ callbackID, msg: { dom } })),
  ],
  pmsuspended: ({ detail }: DomainHappening, dom) => {
    const said = (callbackID: number) => ({ callbackID, reason: UNKNOWN, msg: { dom } });
    if (detail === 'disk') return [telling(event.suspendToDisk, messages.domain_event_callback_pmsuspend_disk, said)];
    return [telling(event.suspend, messages.domain_event_callback_pmsuspend, said)];
  },
  started: ({ detail }: DomainHappening, dom) => {
    if (detail !== 'wakeup') return [];
    const said = (callbackID: number) => ({ callbackID, reason: UNKNOWN, msg: { dom } });
    return [telling(event.wakeup, messages.domain_event_callback_pmwakeup, said)];
  },
  blockthreshold: ({ device, source, thresholdBytes, excessBytes }: BlockThresholdPassed, dom) => {
    const said = { dom, dev: device, path: source, threshold: BigInt(thresholdBytes), excess: BigInt(excessBytes) };
    return [telling(event.blockThreshold, messages.domain_event_block_threshold, (callbackID) => ({ callbackID, ...said }))];
  },
  memoryfailure: ({ recipient, action, actionRequired, recursive }: MemoryFailed, dom) => {
    const flags = (actionRequired ? ACTION_REQUIRED : 0) | (recursive ? RECURSIVE : 0);
    const numbers = { recipient: numberOf(memoryFailureRecipients, recipient), action: numberOf(memoryFailureActions, action), flags };
    return [telling(event.memoryFailure, messages.domain_event_memory_failure, (callbackID) => ({ callbackID, dom, ...numbers }))];
  },
  memorydeviceresized: ({ device, sizeKiB }: MemoryDeviceResized, dom) => {
    const said = { dom, alias: device, size: BigInt(sizeKiB) };
    return [telling(event.memoryDeviceSize, messages.domain_event_memory_device_size_change, (callbackID) => ({ callbackID, ...said }))];
  },
  rtcchanged: ({ offsetSeconds }: RtcChanged, dom) => {
    const msg = { dom, offset: BigInt(offsetSeconds) };
    return [telling(event.rtcChange, messages.domain_event_callback_rtc_change, (callbackID) => ({ callbackID, msg }))];
  },
  watchdog: ({ detail }: DomainHappening, dom) => {
    const msg = { dom, action: numberOf(watchdogActions, detail) };
    return [telling(event.watchdog, messages.domain_event_callback_watchdog, (callbackID) => ({ callbackID, msg }))];
  },
  ioerror: diskFailed,
  graphics,
  traychanged: ({ device, open }: TrayMoved, dom) => {
    const msg = { dom, devAlias: device, reason: open ? 0 : 1 };
    return [telling(event.trayChange, messages.domain_event_callback_tray_change, (callbackID) => ({ callbackID, msg }))];
  },
  balloonchanged: ({ memoryKiB }: BalloonChanged, dom) => {
    const msg = { dom, actual: BigInt(memoryKiB) };
    return [telling(event.balloonChange, messages.domain_event_callback_balloon_change, (callbackID) => ({ callbackID, msg }))];
  },
  agentlifecycle: ({ detail, cause }: AgentChanged, dom) => {
    const said = { dom, state: numberOf(agentStates, detail), reason: cause === 'started' ? DOMAIN_STARTED : AGENT_CHANNEL };
    return [telling(event.agentLifecycle, messages.domain_event_callback_agent_lifecycle, (callbackID) => ({ callbackID, ...said }))];
  },
};

/** What QEMU tells of a guest beside its life, in libvirt's messages. */
export const guestTellings = (what: string, happening: DomainHappening, dom: DomainHandle): Telling[] =>
  // The subject says which contract the payload is of.
  guestEvents[what]?.(happening as never, dom) ?? [];
