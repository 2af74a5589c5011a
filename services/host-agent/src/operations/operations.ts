import { defined, Refusal } from '@virtbus/contracts';
import type * as contracts from '@virtbus/contracts';
import { formatDomain, withMetadata, type MetadataEdit } from '@virtbus/libvirt-xml';
import { tainted } from '../core/domain-entry.js';
import type { DomainRunner } from '../domain.runner.js';
import { tuneInterface, type TuningWorld } from '../interfaces/tune-interface.js';
import type { Links } from '../links/links.js';
import type { LiveGuest } from '../live-guest.js';
import { refusalOf } from '../refusal-of.js';
import { countersOf } from './counters.js';
import type { GuestAgents } from './guest-agent.js';
import { setBlockThreshold } from './block-threshold.js';
import { sendKeys } from './keyboard.js';
import { liveDefinition } from './live-definition.js';
import { setMemory } from './memory.js';
import { pinThread } from './pin-threads.js';
import { runMonitorCommand } from './monitor-command.js';
import { setVcpus } from './processors.js';
import { resizeDisk } from './resize-disk.js';
import type { Screenshots } from './screenshots.js';
import { tuneDisk } from './tune-disk.js';

const NS_PER_SECOND = 1_000_000_000n;

export interface OperationsNeed {
  readonly runner: Pick<DomainRunner, 'operate' | 'beside' | 'guest'>;
  readonly links: Pick<Links, 'statistics'>;
  readonly tuning: TuningWorld;
  readonly agents: GuestAgents;
  readonly screenshots: Screenshots;
  readonly pathsOf: (uuid: string) => { readonly directory: string };
}

/** What is done to running guests beside their life, interfaces and disks. Every method throws Refusal. */
export class Operations {
  constructor(private readonly need: OperationsNeed) {}

  sendKeys(order: contracts.PlacedKeys): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => sendKeys(guest, order.keys));
  }

  resizeDisk(order: contracts.PlacedDiskSize): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => resizeDisk(guest, order.size));
  }

  injectNmi(order: contracts.PlacedDomain): Promise<contracts.ObjectId> {
    return this.change(order, async ({ monitor }) => void (await monitor.execute('inject-nmi')));
  }

  setThreshold(order: contracts.PlacedBlockThreshold): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => setBlockThreshold(guest, order.threshold));
  }

  /** Beside other orders, as all that an agent is asked. */
  putToSleep(order: contracts.PlacedSleep): Promise<contracts.ObjectId> {
    return this.need.runner.beside(order, async (guest) => {
      if (guest.entry.state !== 'running') throw notRunning();
      await this.need.agents.putToSleep(guest, order.sleep.target);
      return idOf(order);
    });
  }

  wake(order: contracts.PlacedDomain): Promise<contracts.ObjectId> {
    return this.change(order, async ({ monitor }) => void (await monitor.call('system_wakeup')));
  }

  setMemory(order: contracts.PlacedMemory): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => setMemory(guest, order.memoryKiB));
  }

  setVcpus(order: contracts.PlacedVcpus): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => setVcpus(guest, order.vcpus));
  }

  tuneInterface(order: contracts.PlacedTuning): Promise<contracts.ObjectId> {
    const { tuning, pathsOf } = this.need;
    return this.change(order, (guest) => tuneInterface({ guest, ...tuning }, pathsOf(order.uuid).directory, order.tuning));
  }

  tuneDisk(order: contracts.PlacedDiskTuning): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => tuneDisk(guest, order.tuning));
  }

  pinThread(order: contracts.PlacedPin): Promise<contracts.ObjectId> {
    return this.change(order, (guest) => pinThread(guest, order.pin));
  }

  setMetadata(order: contracts.PlacedMetadata): Promise<contracts.ObjectId> {
    return this.change(order, (guest) =>
      guest.amend((entry) => ({
        ...entry,
        xml: formatDomain(withMetadata(liveDefinition(entry), editOf(order.metadata)), { flavour: 'live' }),
      })),
    );
  }

  /** Beside other orders: an answer may take long, and what it does is the administrator's affair. */
  monitor(order: contracts.PlacedMonitorCommand): Promise<contracts.CommandOutput> {
    return this.need.runner.beside(order, async (guest) => {
      if (!guest.entry.taints?.includes('custom-monitor')) await guest.amend((entry) => tainted(entry, 'custom-monitor'));
      return { output: await runMonitorCommand(guest.monitor, order.monitor) };
    });
  }

  /** Beside other orders: a guest may take its time to answer, and may be ended meanwhile. */
  agent(order: contracts.PlacedAgentCommand): Promise<contracts.CommandOutput> {
    return this.need.runner.beside(order, async (guest) => ({ output: await this.need.agents.ask(guest, order.agent) }));
  }

  setTime(order: contracts.PlacedGuestTime): Promise<contracts.ObjectId> {
    const { seconds, nanoseconds = 0, sync = false, timeoutSeconds } = order.time;
    // JSON's numbers end at 2⁵³: nanoseconds since 1970 do not fit, and microseconds lose nothing that an agent would set.
    const time = Number((BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds)) / 1000n) * 1000;
    return this.need.runner.beside(order, async (guest) => {
      await this.need.agents.call(guest, 'guest-set-time', sync ? {} : { time }, defined({ timeoutSeconds }));
      return idOf(order);
    });
  }

  async stats(uuids: readonly string[], groups: readonly contracts.StatsGroup[] | undefined): Promise<contracts.DomainStats[]> {
    const guests = uuids.map((uuid) => this.need.runner.guest(uuid)).filter((guest) => guest !== undefined);
    return Promise.all(guests.map((guest) => countersOf(guest, groups, this.need.links)));
  }

  async screenshot(question: contracts.HostScreenshotQuestion): Promise<contracts.Screenshot> {
    const { screenshots, pathsOf } = this.need;
    if (question.id !== undefined) return screenshots.next(question);
    const guest = this.running(question.uuid);
    return screenshots.take(guest, pathsOf(question.uuid).directory, question.screen).catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
  }

  async cardFilter({ uuid, interface: name }: contracts.CardFilterQuestion): Promise<contracts.CardFilter> {
    const guest = this.running(uuid);
    return guest.cardFilter(name).catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
  }

  close(): void {
    this.need.screenshots.close();
  }

  private running(uuid: string): LiveGuest {
    const guest = this.need.runner.guest(uuid);
    if (!guest) throw notRunning();
    return guest;
  }

  private change(order: contracts.PlacedDomain, act: (guest: LiveGuest) => Promise<void>): Promise<contracts.ObjectId> {
    return this.need.runner.operate(order, async (guest) => {
      await act(guest);
      return idOf(order);
    });
  }
}

const notRunning = (): Refusal => new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');

const idOf = ({ uuid, name }: contracts.PlacedDomain): contracts.ObjectId => ({ uuid, name });

/** @throws Refusal invalid_argument for an element without a namespace */
function editOf({ kind, value, key, uri }: contracts.MetadataChange): MetadataEdit {
  if (kind !== 'element') return { kind, ...defined({ value }) };
  if (uri === undefined) throw new Refusal('invalid_argument', 'invalid argument: metadata element needs a uri', { path: 'metadata.uri' });
  return { kind, uri, ...defined({ value, key }) };
}
