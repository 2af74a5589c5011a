/** From what QEMU tells of a guest to what the fleet is told: names, numbers and units are libvirt's. */
import { defined, memoryFailureActions, memoryFailureRecipients, type GraphicsEnd, type MemoryFailed } from '@virtbus/contracts';

/** An event as it comes from QEMU (qapi/*.json). Much of it is the guest's own word: nothing is taken for granted. */
export interface MonitorEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What of a live definition the events speak of. */
export interface Named {
  /** The alias of the agent's channel. */
  readonly agentChannel: string | undefined;
}

/** What is told, beside which domain it is and when. */
export type Told =
  | { readonly what: 'rtcchanged'; readonly detail: string; readonly offsetSeconds: number }
  | { readonly what: 'watchdog' | 'agentlifecycle'; readonly detail: string }
  | { readonly what: 'balloonchanged'; readonly detail: string; readonly memoryKiB: number }
  | {
      readonly what: 'blockthreshold';
      readonly detail: string;
      readonly node: string;
      readonly thresholdBytes: number;
      readonly excessBytes: number;
    }
  | ({ readonly what: 'memoryfailure'; readonly detail: string } & Pick<
      MemoryFailed,
      'recipient' | 'action' | 'actionRequired' | 'recursive'
    >)
  | { readonly what: 'memorydeviceresized'; readonly detail: string; readonly device: string; readonly sizeKiB: number }
  | { readonly what: 'traychanged'; readonly detail: string; readonly device: string; readonly open: boolean }
  | {
      readonly what: 'ioerror';
      readonly detail: string;
      readonly device: string;
      readonly action: 'none' | 'pause' | 'report';
      readonly reason: string;
      readonly node?: string;
    }
  | {
      readonly what: 'graphics';
      readonly detail: string;
      readonly phase: Phase;
      readonly local: GraphicsEnd;
      readonly remote: GraphicsEnd;
      readonly authScheme: string;
    };

type Phase = 'connect' | 'initialize' | 'disconnect';

const KIB = 1024;
const MAX_TEXT = 1024;

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : '');
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : 0);
const positive = (value: unknown): number => Math.max(0, number(value));
const record = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {});

const actions: Readonly<Record<string, 'none' | 'pause' | 'report'>> = { ignore: 'none', stop: 'pause', report: 'report' };

const phases: Readonly<Record<string, Phase>> = {
  VNC_CONNECTED: 'connect',
  VNC_INITIALIZED: 'initialize',
  VNC_DISCONNECTED: 'disconnect',
  SPICE_CONNECTED: 'connect',
  SPICE_INITIALIZED: 'initialize',
  SPICE_DISCONNECTED: 'disconnect',
};

function graphicsEnd(value: unknown): GraphicsEnd {
  const { family, host, service, port } = record(value);
  const known = (['ipv4', 'ipv6', 'unix'] as const).find((one) => one === family) ?? 'unknown';
  return { family: known, address: text(host), service: text(service) || text(port) };
}

const tellers: Readonly<Record<string, (data: MonitorEvent['data'], named: Named) => Told | undefined>> = {
  RTC_CHANGE: ({ offset }) => ({ what: 'rtcchanged', detail: String(number(offset)), offsetSeconds: number(offset) }),
  WATCHDOG: ({ action }) => ({ what: 'watchdog', detail: text(action) }),
  BALLOON_CHANGE: ({ actual }) => {
    const memoryKiB = Math.floor(number(actual) / KIB);
    return { what: 'balloonchanged', detail: String(memoryKiB), memoryKiB };
  },
  DEVICE_TRAY_MOVED: ({ id, 'tray-open': open }) => ({
    what: 'traychanged',
    detail: open === true ? 'open' : 'close',
    device: text(id),
    open: open === true,
  }),
  BLOCK_IO_ERROR: ({ device, action: given, nospace, 'node-name': node }) => {
    const action = actions[text(given)] ?? 'report';
    const reason = nospace === true ? 'enospc' : '';
    return { what: 'ioerror', detail: action, device: text(device), action, reason, ...defined({ node: text(node) || undefined }) };
  },
  BLOCK_WRITE_THRESHOLD: ({ 'node-name': node, 'write-threshold': threshold, 'amount-exceeded': excess }) => ({
    what: 'blockthreshold',
    detail: text(node),
    node: text(node),
    thresholdBytes: positive(threshold),
    excessBytes: positive(excess),
  }),
  MEMORY_FAILURE: ({ recipient, action, flags }) => {
    const known = memoryFailureActions.find((one) => one === action) ?? 'ignore';
    const { 'action-required': required, recursive } = record(flags);
    return {
      what: 'memoryfailure',
      detail: known,
      recipient: memoryFailureRecipients.find((one) => one === recipient) ?? 'hypervisor',
      action: known,
      actionRequired: required === true,
      recursive: recursive === true,
    };
  },
  MEMORY_DEVICE_SIZE_CHANGE: ({ id, size, 'qom-path': path }) => {
    const device = text(id) || (text(path).split('/').at(-1) ?? '');
    return { what: 'memorydeviceresized', detail: device, device, sizeKiB: Math.floor(positive(size) / KIB) };
  },
  VSERPORT_CHANGE: ({ id, open }, { agentChannel }) =>
    agentChannel !== undefined && id === agentChannel
      ? { what: 'agentlifecycle', detail: open === true ? 'connected' : 'disconnected' }
      : undefined,
};

/** @returns undefined for what is told in another way, or not at all */
export function toldOf({ event, data }: MonitorEvent, named: Named): Told | undefined {
  const phase = Object.hasOwn(phases, event) ? phases[event] : undefined;
  if (phase === undefined) return Object.hasOwn(tellers, event) ? tellers[event]?.(data, named) : undefined;
  const { server, client } = data;
  const authScheme = text(record(server)['auth']);
  return { what: 'graphics', detail: phase, phase, local: graphicsEnd(server), remote: graphicsEnd(client), authScheme };
}
