import { mkdir, rm } from 'node:fs/promises';
import { dnsmasqDirectory, dnsmasqFiles, type DnsmasqFiles } from '../core/dnsmasq-files.js';
import { parseLeases } from '../core/dnsmasq-leases.js';
import type { DhcpLease, DnsmasqPlan } from '../core/link-plan.js';
import { runCommand } from './command.js';
import { findDnsmasq, signalDnsmasq, stopDnsmasq, type DnsmasqProcess } from './dnsmasq-process.js';
import { digestOf, othersCanReach, readIfPresent, readRecord, writeAside, writeRecord, type DnsmasqRecord } from './dnsmasq-state.js';
import { LinkError, stepAsync } from './link-error.js';
import type { LinksOptions } from './links.js';

/** dnsmasq forks to the background once it serves, or ends with a message. */
const startMs = 10_000;

/** What is to be done to bring what runs to what is wanted. */
type Action = 'none' | 'started' | 'reloaded' | 'restarted';

/**
 * The dnsmasq of each network. It is a daemon of its own, outside this process's session, and is found again by its pid file and
 * command line. A record of what it was started and last reloaded with tells what it runs on, whenever this process was interrupted.
 * One call at a time per network.
 */
export class Dnsmasqs {
  constructor(private readonly options: LinksOptions) {}

  async ensure(plan: DnsmasqPlan): Promise<{ readonly pid: number; readonly action: Action }> {
    const files = dnsmasqFiles(this.options.stateDir, plan.network);
    return stepAsync(`serve DHCP and DNS on ${plan.network}`, async () => {
      await mkdir(dnsmasqDirectory(this.options.stateDir), { recursive: true, mode: 0o711 });
      const running = await findDnsmasq(files);
      const action = actionFor(plan, running, await readRecord(files.recordFile));
      const pid = await this.perform(action, plan, files, running);
      return { pid, action };
    });
  }

  async remove(network: string): Promise<void> {
    const files = dnsmasqFiles(this.options.stateDir, network);
    await stepAsync(`stop the dnsmasq of ${network}`, async () => {
      const running = await findDnsmasq(files);
      if (running) await stopDnsmasq(running);
      await removeFiles(Object.values(files));
    });
  }

  /** Leases that have not run out at `now`, in seconds since the epoch. */
  async leases(network: string, now: number): Promise<DhcpLease[]> {
    const { leaseFile } = dnsmasqFiles(this.options.stateDir, network);
    const text = await stepAsync(`read ${leaseFile}`, () => readIfPresent(leaseFile));
    return parseLeases(text ?? '').filter(({ expiry }) => expiry === 0 || expiry >= now);
  }

  private async perform(action: Action, plan: DnsmasqPlan, files: DnsmasqFiles, running: DnsmasqProcess | undefined): Promise<number> {
    if (action === 'none' && running) return running.pid;
    await writeHosts(plan, files);
    if (action === 'reloaded' && running) {
      signalDnsmasq(running, 'SIGHUP');
      await writeRecord(files.recordFile, recordOf(plan, running));
      return running.pid;
    }
    return this.replace(plan, files, running);
  }

  private async replace(plan: DnsmasqPlan, files: DnsmasqFiles, running: DnsmasqProcess | undefined): Promise<number> {
    if (running) {
      await this.tryOut(plan, files);
      await stopDnsmasq(running);
    }
    await writeAside(files.configFile, plan.configText, 0o600);
    return this.start(plan, files, running === undefined);
  }

  /** Before the old dnsmasq stops, so that a bad configuration costs nothing. */
  private async tryOut(plan: DnsmasqPlan, files: DnsmasqFiles): Promise<void> {
    const tried = `${files.configFile}.new`;
    await writeAside(tried, plan.configText, 0o600);
    try {
      await this.run(plan.network, ['--test', `--conf-file=${tried}`]);
    } finally {
      await rm(tried, { force: true });
    }
  }

  private async start(plan: DnsmasqPlan, files: DnsmasqFiles, isNew: boolean): Promise<number> {
    try {
      const said = await this.run(plan.network, [`--conf-file=${files.configFile}`, ...(await this.userOption(files))]);
      const running = await findDnsmasq(files);
      if (!running) throw new LinkError('dnsmasq_failed', `the dnsmasq of ${plan.network} ended at once: ${said}`);
      await writeRecord(files.recordFile, recordOf(plan, running));
      return running.pid;
    } catch (error) {
      // Leases stay when there were any: the guests still use them.
      if (isNew) await removeFiles([files.configFile, files.hostsFile, files.addnHostsFile, files.pidFile]);
      throw error;
    }
  }

  /** dnsmasq gives up root before it reads its hosts files, so somebody else must be able to reach them. */
  private async userOption(files: DnsmasqFiles): Promise<string[]> {
    const blocked = await othersCanReach(dnsmasqDirectory(this.options.stateDir));
    if (blocked === undefined) return [];
    this.options.log('warn', 'dnsmasq stays root, since others may not pass this directory to its hosts files', { blocked, ...files });
    return ['--user=root'];
  }

  private async run(network: string, args: readonly string[]): Promise<string> {
    const { netns } = this.options;
    const end = await runCommand({ netns, program: 'dnsmasq', args, timeoutMs: startMs });
    if (end.status !== 0)
      throw new LinkError('dnsmasq_failed', `the dnsmasq of ${network} does not start: it ended with ${end.status}: ${end.said}`);
    return end.said;
  }
}

function actionFor(plan: DnsmasqPlan, running: DnsmasqProcess | undefined, record: DnsmasqRecord | undefined): Action {
  if (!running) return 'started';
  const wanted = recordOf(plan, running);
  if (record?.pid !== running.pid || record.startTime !== running.startTime || record.config !== wanted.config) return 'restarted';
  return record.hosts === wanted.hosts ? 'none' : 'reloaded';
}

const recordOf = (plan: DnsmasqPlan, { pid, startTime }: DnsmasqProcess): DnsmasqRecord => ({
  pid,
  startTime,
  config: digestOf(plan.configText),
  hosts: digestOf(plan.hostsText, plan.addnHostsText),
});

/** Readable for all: they hold MACs, addresses and names, and dnsmasq reads them without root. */
async function writeHosts(plan: DnsmasqPlan, files: DnsmasqFiles): Promise<void> {
  await writeAside(files.hostsFile, plan.hostsText ?? '', 0o644);
  await writeAside(files.addnHostsFile, plan.addnHostsText ?? '', 0o644);
}

const removeFiles = async (paths: readonly string[]): Promise<void> =>
  void (await Promise.all(paths.map((path) => rm(path, { force: true }))));
