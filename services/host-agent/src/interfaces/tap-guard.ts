import type { InterfaceRecord } from '../core/interface-record.js';
import type { DomainRunner } from '../domain.runner.js';
import { LinkError } from '../links/link-error.js';
import type { Links } from '../links/links.js';
import type { LiveGuest } from '../live-guest.js';
import type { HostLog } from '../ports.js';
import type { Interfaces } from './interfaces.js';
import { connectionOnRecord } from './on-record.js';

export interface TapGuardNeed {
  readonly links: Pick<Links, 'watchTaps'>;
  readonly runner: Pick<DomainRunner, 'guests' | 'whileLive'>;
  readonly interfaces: Pick<Interfaces, 'mendLink'>;
  readonly directoryOf: (uuid: string) => string;
  readonly log: Pick<HostLog, 'warn' | 'error'>;
  /** How often every tap is looked at, whether or not the kernel has told of it. */
  readonly everyMs: number;
}

const BRIDGED = 'bridge';

/**
 * Puts taps of running guests right when somebody else takes them off their bridges, changes their flags or their forwarding entries, and
 * says so. The kernel tells which tap has changed, so what it costs follows the changes, not the number of taps. A look waits for the
 * orders that are under way for the domain: what the agent does itself is found as it should be.
 */
export class TapGuard {
  private readonly watch: { close(): void };
  private readonly timer: NodeJS.Timeout;
  /** Taps whose look has not begun. */
  private readonly due = new Set<string>();

  constructor(private readonly need: TapGuardNeed) {
    this.watch = need.links.watchTaps((tap) => this.look(tap));
    this.timer = setInterval(() => this.look(), need.everyMs);
    this.timer.unref();
  }

  /** Nest ends providers before the module, which closes the links. */
  onApplicationShutdown(): void {
    this.close();
  }

  close(): void {
    clearInterval(this.timer);
    this.watch.close();
  }

  private look(tap?: string): void {
    for (const { entry } of this.need.runner.guests()) {
      for (const { target } of entry.interfaces.filter(isPlugged)) {
        if (target !== undefined && (tap === undefined || tap === target)) this.lookAt(entry.uuid, target);
      }
    }
  }

  private lookAt(uuid: string, tap: string): void {
    if (this.due.has(tap)) return;
    this.due.add(tap);
    this.need.runner
      .whileLive(uuid, (guest) => this.mend(guest, tap))
      .catch((error: unknown) => this.need.log.error(`${tap} cannot be looked at`, error))
      .finally(() => this.due.delete(tap));
  }

  /** A guest that does not run has no forwarding entries, and is looked at again once it does. */
  private async mend({ entry }: LiveGuest, tap: string): Promise<void> {
    this.due.delete(tap);
    const record = entry.interfaces.find((each) => isPlugged(each) && each.target === tap);
    if (!record || entry.state !== 'running') return;
    const connection = connectionOnRecord(entry, record.alias, this.need.directoryOf(entry.uuid));
    if (!connection) return;
    try {
      const said = await this.need.interfaces.mendLink(connection, { active: true });
      for (const sentence of said) this.need.log.warn(`domain '${entry.name}': ${sentence}`);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.need.log.warn(`domain '${entry.name}': ${tap} is not as it should be: ${error.message}`);
    }
  }
}

const isPlugged = ({ connector, stage }: InterfaceRecord): boolean => connector === BRIDGED && stage === undefined;
