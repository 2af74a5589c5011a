import type { Monitor, RunState } from '@virtbus/qmp';

/**
 * QEMU processes of this host, as the runner sees them. `launch` and `adopt` hand out the same `RunningQemu`; what happens to the
 * guest is read from its monitor, how it ended from `ended`. Nothing here knows of domain states: that is core/lifecycle.ts.
 *
 * Rules that hold everywhere:
 * - A process is signalled only after its pid, its start time and the uuid on its command line have been found to agree.
 * - "Does not answer" is an answer, never a reason to kill.
 * - When this agent goes away, QEMU stays: own session, no pipe to the agent, log written by QEMU itself.
 */
export interface LaunchRequest {
  /** Absolute path of the emulator. */
  readonly binary: string;
  /**
   * Everything after the binary's name. It must hold `-uuid UUID` (adoption depends on it) and `-S`, and must not hold the monitor or the
   * pid file: launch appends `-pidfile`, `-chardev socket,id=charmonitor,fd=N,server=on,wait=on` and
   * `-mon chardev=charmonitor,id=monitor,mode=control`, with N the number after the last extra descriptor.
   */
  readonly argv: readonly string[];
  /** The domain's name, for messages only. */
  readonly name: string;
  readonly uuid: string;
  /**
   * The domain's own runtime directory, absolute; made when absent (mode 0700). Holds `monitor.sock` and `qemu.pid`. At most 94 bytes: a
   * unix socket's path ends at 107.
   */
  readonly directory: string;
  /**
   * Descriptors that QEMU inherits: the first becomes 3 in QEMU, the next 4, and so on (FIRST_DESCRIPTOR). Launch owns them from the call
   * on: they are closed here once QEMU has them, and also when launch fails.
   */
  readonly extraDescriptors: readonly number[];
  /** Standard output and error are appended here, after a line that tells the command. Kept as `LOG.old` once it is over 2 MiB. */
  readonly logFile: string;
  /** The path of the network namespace that QEMU's own sockets use; this process's when absent. */
  readonly netns?: string;
  /** Environment of the process; the agent's PATH and LC_ALL=C when absent. */
  readonly environment?: Readonly<Record<string, string>>;
  /** From spawn to a monitor in command mode. 30 000 when absent. */
  readonly timeoutMs?: number;
}

/** The number in QEMU of the first of `extraDescriptors`. */
export const FIRST_DESCRIPTOR = 3;

/** Names of the files in a domain's runtime directory. */
export const MONITOR_SOCKET = 'monitor.sock';
export const PID_FILE = 'qemu.pid';

/** What tells one process from every other, also from a later one with the same pid. */
export interface Identity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process. */
  readonly startTime: number;
  readonly uuid: string;
}

/** QEMU's own account of why it shut down (qapi/run-state.json SHUTDOWN). */
export interface ShutdownCause {
  /** True when the guest asked for it. */
  readonly guest: boolean;
  /** For example `guest-shutdown`, `guest-reset`, `host-signal`, `host-qmp-quit`. */
  readonly reason: string;
}

/** How a QEMU process ended. No `shutdown` means that it fell without a word: libvirt's "crashed". */
export interface QemuEnd {
  readonly shutdown?: ShutdownCause;
  /** True when `destroy` was called on this handle before the end. */
  readonly destroyed: boolean;
  /** Known for a child of this agent only. */
  readonly exitCode?: number;
  /** Known for a child of this agent only. */
  readonly signal?: string;
  /** The end of what QEMU wrote to its log in this run, at most 1 KiB; empty when it was silent. */
  readonly lastWords: string;
}

/**
 * The answer of `destroy`. `stuck`: the process outlived SIGKILL's wait as well (a hung device or file system); `ended` still
 * resolves should it end later.
 */
export type DestroyOutcome =
  | { readonly type: 'ended'; readonly end: QemuEnd; readonly forced: boolean }
  | { readonly type: 'stuck'; readonly state: string };

export interface DestroyWaits {
  /** After SIGTERM. 10 000 when absent, as libvirt waits. 0 sends SIGKILL at once. */
  readonly termMs?: number;
  /** After SIGKILL. 5 000 when absent. */
  readonly killMs?: number;
}

export interface QemuProcess extends Identity {
  /** Resolves once, when the process is really gone (a zombie counts as gone). Never rejects. */
  readonly ended: Promise<QemuEnd>;
  /** SIGTERM, a bounded wait, SIGKILL, a bounded wait. May be repeated; calls share one run. */
  destroy(waits?: DestroyWaits): Promise<DestroyOutcome>;
  /** SIGTERM and no wait: how a guest that has powered off under `-no-shutdown` is let go. Does not count as destroyed. */
  terminate(): void;
  /** Lets go without touching the guest: hangs up and stops watching. `ended` stays unresolved. */
  release(): void;
}

/** Should the monitor close while the process lives on (a line over the limit, a hang-up), `ended` stays open: adopt again. */
export interface RunningQemu extends QemuProcess {
  readonly monitor: Monitor;
}

export interface AdoptRequest {
  readonly directory: string;
  readonly uuid: string;
  /** From the journal. When absent, the pid file is read, then /proc is searched for this uuid and directory. */
  readonly pid?: number;
  /** From the journal. When absent, only the command line is compared. */
  readonly startTime?: number;
  readonly logFile: string;
  /** For the greeting and the first answers. 5 000 when absent. */
  readonly timeoutMs?: number;
}

/** Why a domain's process is no more. `other_process`: the pid lives, but belongs to somebody else, who was not touched. */
export type GoneReason = 'no_pid' | 'no_process' | 'zombie' | 'other_process';

/**
 * Why a living QEMU cannot be spoken to. `stopped`: its process is stopped by a signal or a debugger; `no_socket`: monitor.sock is gone
 * or nobody listens; `no_greeting`: another client holds the monitor, or the main loop hangs; `no_answer`: it greeted and fell silent.
 */
export type UnresponsiveReason = 'stopped' | 'no_socket' | 'no_greeting' | 'no_answer';

export type Adoption =
  | { readonly type: 'adopted'; readonly qemu: RunningQemu; readonly status: RunState }
  | { readonly type: 'gone'; readonly reason: GoneReason; readonly lastWords: string }
  | { readonly type: 'unresponsive'; readonly reason: UnresponsiveReason; readonly process: QemuProcess };

/** The port. `launch` throws LaunchFailed (libvirt code 1) and nothing else that QEMU could cause. */
export interface Qemus {
  launch(request: LaunchRequest): Promise<RunningQemu>;
  adopt(request: AdoptRequest): Promise<Adoption>;
  /** The domains of this agent whose QEMU runs, whatever is on record; the agent's directory for a domain tells whose it is. */
  uuidsOfAll(directoryOf: (uuid: string) => string): Promise<string[]>;
}

/** libvirt's VIR_ERR_INTERNAL_ERROR. */
const INTERNAL_ERROR = 1;

/** QEMU could not be started, or ended before its monitor was ready. The message is worded as libvirt's, with QEMU's own last lines. */
export class LaunchFailed extends Error {
  override readonly name = 'LaunchFailed';
  readonly code = INTERNAL_ERROR;
  /** QEMU's last lines, empty when it never ran or was silent. */
  readonly lastWords: string;

  constructor(detail: string, lastWords = '', options?: ErrorOptions) {
    super(`internal error: ${detail}`, options);
    this.lastWords = lastWords;
  }
}
