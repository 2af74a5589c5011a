import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { getLink, Rtnetlink } from '@virtbus/netlink';
import { learnedFrom } from '../core/nwfilter/learned-address.js';
import type { LearningMode } from '../core/nwfilter/learning-filter.js';
import type { HostLog } from '../ports.js';
import type { AddressLearner } from './address-learner.js';
import { Listening } from './listen.js';

interface Kept {
  readonly mac: string;
  readonly address: string;
  /** Milliseconds since 1970; absent when nobody has lent it. */
  readonly until?: number;
}

/** How often a link that is listened on is looked at: Node cannot wait for a socket that it did not make. */
const LOOK_MS = 50;
/** As many frames at once; more wait for the next look. */
const FRAMES_AT_ONCE = 256;

interface Lesson {
  readonly link: string;
  readonly mac: string;
  readonly mode: LearningMode;
  readonly changed: () => void;
  readonly listening: Listening;
}

/** Learns addresses from frames, and keeps them on disk: a restart of the agent does not make a guest nameless. */
export class HostAddressLearner implements AddressLearner {
  private readonly lessons = new Map<string, Lesson>();
  private readonly timer: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly need: { readonly netns: string | undefined; readonly file: string; readonly log: HostLog },
    private readonly kept: Map<string, Kept>,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  static async open(need: {
    readonly netns: string | undefined;
    readonly file: string;
    readonly log: HostLog;
  }): Promise<HostAddressLearner> {
    await mkdir(dirname(need.file), { recursive: true, mode: 0o700 });
    return new HostAddressLearner(need, new Map(Object.entries(await keptIn(need))));
  }

  async addresses(link: string, mac: string): Promise<readonly string[]> {
    const kept = this.kept.get(link);
    return kept?.mac === mac && !hasRunOut(kept) ? [kept.address] : [];
  }

  learn(of: { readonly link: string; readonly mac: string; readonly mode: LearningMode }, changed: () => void): void {
    const held = this.lessons.get(of.link);
    if (held?.mode === of.mode && held.mac === of.mac) return;
    this.end(of.link);
    const rtnetlink = Rtnetlink.open(this.need.netns);
    try {
      const index = getLink(rtnetlink, of.link)?.index;
      if (index !== undefined) this.lessons.set(of.link, { ...of, changed, listening: Listening.on(this.need.netns, index, of.mode) });
    } finally {
      rtnetlink.close();
    }
  }

  async forget(link: string): Promise<void> {
    this.end(link);
    if (this.kept.delete(link)) await this.save();
  }

  close(): void {
    clearInterval(this.timer);
    for (const link of this.lessons.keys()) this.end(link);
  }

  private end(link: string): void {
    this.lessons.get(link)?.listening.close();
    this.lessons.delete(link);
  }

  private look(): void {
    for (const lesson of this.lessons.values()) {
      try {
        this.hear(lesson);
      } catch (error) {
        this.need.log.error(`${lesson.link} cannot be listened on any more`, error);
        this.end(lesson.link);
      }
    }
  }

  private hear(lesson: Lesson): void {
    const { link, mac, mode, listening, changed } = lesson;
    const before = this.kept.get(link);
    if (before && hasRunOut(before)) {
      this.kept.delete(link);
      this.told(changed);
    }
    for (let count = 0; count < FRAMES_AT_ONCE; count += 1) {
      const frame = listening.next();
      if (!frame) return;
      const learned = learnedFrom(frame, mac, mode);
      if (!learned) continue;
      const until = learned.leaseSeconds === undefined ? {} : { until: Date.now() + learned.leaseSeconds * 1000 };
      const isNew = this.kept.get(link)?.address !== learned.address;
      this.kept.set(link, { mac, address: learned.address, ...until });
      if (isNew) this.told(changed);
      // What the guest has said once holds; a lease may change.
      if (mode === 'any') return this.end(link);
    }
  }

  private told(changed: () => void): void {
    void this.save();
    changed();
  }

  private save(): Promise<void> {
    this.writing = this.writing.then(async () => {
      try {
        await writeFile(`${this.need.file}.new`, JSON.stringify(Object.fromEntries(this.kept)), { mode: 0o600 });
        await rename(`${this.need.file}.new`, this.need.file);
      } catch (error) {
        this.need.log.error(`${this.need.file} cannot be written: learned addresses are forgotten with this process`, error);
      }
    });
    return this.writing;
  }
}

/** What cannot be read is learned again. */
async function keptIn({ file, log }: { readonly file: string; readonly log: HostLog }): Promise<Readonly<Record<string, Kept>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, Kept>) : {};
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isAbsent) log.warn(`${file} cannot be read, and addresses are learned anew: ${String(error)}`);
    return {};
  }
}

const hasRunOut = ({ until }: Kept): boolean => until !== undefined && until < Date.now();
