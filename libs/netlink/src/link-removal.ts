import { randomInt } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { IFLA, NLM_F_ACK, NLM_F_REQUEST, RTM_DELLINK } from './constants.js';
import { getLink, setLink } from './links.js';
import { Message } from './message.js';
import { unlessAbsent } from './refusal.js';
import { NetlinkError, Rtnetlink } from './rtnetlink.js';

interface Waiting {
  readonly name: string;
  readonly resolve: (removed: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const joinedPerTurn = 4;

const deletion = (): Message => new Message(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK);

/**
 * Deletes links without holding the event loop. The kernel waits for an RCU grace period of some 20 ms per deletion, so the request
 * is sent on another thread; names that arrive meanwhile are put into a link group of their own and deleted by one request, which
 * costs about as much as one link.
 */
export class LinkRemoval {
  private readonly rtnetlink: Rtnetlink;
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;

  /** @throws SystemError, also when the namespace does not exist */
  constructor(netns?: string) {
    this.rtnetlink = Rtnetlink.open(netns);
  }

  /** Answers false when there is no such link. @throws NetlinkError ENOTSUP for hardware */
  remove(name: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ name, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Waits for what was asked before, then closes the socket. */
  async close(): Promise<void> {
    await this.running;
    this.rtnetlink.close();
  }

  private async run(): Promise<void> {
    // Names asked for in one turn of the loop go together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      if (batch.length === 1 || !(await this.removeTogether(batch))) await this.removeEach(batch);
    }
    this.running = undefined;
  }

  private async removeEach(batch: readonly Waiting[]): Promise<void> {
    for (const { name, resolve, reject } of batch) {
      const message = deletion().linkHeader({});
      try {
        await this.rtnetlink.requestAsync(message.name(IFLA.IFNAME, name), name);
        resolve(true);
      } catch (error) {
        if (error instanceof NetlinkError && error.code === 'ENODEV') resolve(false);
        else reject(error);
      }
    }
  }

  /** Answers false when the kernel refuses the group, for example because one of the links is hardware. */
  private async removeTogether(batch: readonly Waiting[]): Promise<boolean> {
    // Group 0 is everybody's; others are small numbers by custom.
    const group = randomInt(2 ** 30, 2 ** 31);
    try {
      const present = await this.joinAll(batch, group);
      if (present.length > 0) await this.rtnetlink.requestAsync(deletion().linkHeader({}).number(IFLA.GROUP, group));
      for (const one of batch) one.resolve(present.includes(one));
      return true;
    } catch (error) {
      if (error instanceof NetlinkError) return false;
      throw error;
    }
  }

  /** Answers those that exist. Others have their turn in between: each takes the kernel some 0.3 ms. */
  private async joinAll(batch: readonly Waiting[], group: number): Promise<Waiting[]> {
    const present: Waiting[] = [];
    for (const [index, one] of batch.entries()) {
      if (index % joinedPerTurn === 0) await setImmediate();
      if (this.join(one.name, group)) present.push(one);
    }
    return present;
  }

  private join(name: string, group: number): boolean {
    const link = getLink(this.rtnetlink, name);
    return link !== undefined && unlessAbsent(() => (setLink(this.rtnetlink, link, { group }), true)) === true;
  }
}
