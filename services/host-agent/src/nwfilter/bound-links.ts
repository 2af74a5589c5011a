import { readFileSync } from 'node:fs';
import { getLink, Rtnetlink, watchLinks } from '@virtbus/netlink';

/** Which link it is: names are given again, and numbers after a start of the machine. */
export interface LinkIdentity {
  readonly index: number;
  readonly boot: string;
}

/** Links of this host, whoever has made them. */
export interface BoundLinks {
  /** Undefined when there is none of that name. */
  identityOf(name: string): LinkIdentity | undefined;
  /** Whether that very link still is there, under that name. */
  has(name: string, link: LinkIdentity): boolean;
  /** Tells the number of each link that has gone, or changed; no number when it may be any. */
  watch(changed: (index?: number) => void): { close(): void };
}

/** How soon it is heard of: Node cannot wait for a socket that it did not make. */
const LOOK_MS = 250;

export class HostBoundLinks implements BoundLinks {
  private readonly boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

  constructor(private readonly netns: string | undefined) {}

  identityOf(name: string): LinkIdentity | undefined {
    const rtnetlink = Rtnetlink.open(this.netns);
    try {
      const index = getLink(rtnetlink, name)?.index;
      return index === undefined ? undefined : { index, boot: this.boot };
    } finally {
      rtnetlink.close();
    }
  }

  has(name: string, { index, boot }: LinkIdentity): boolean {
    return boot === this.boot && this.identityOf(name)?.index === index;
  }

  watch(changed: (index?: number) => void): { close(): void } {
    return watchLinks({ netns: this.netns, intervalMs: LOOK_MS }, (event) => changed(event.type === 'lost' ? undefined : event.link.index));
  }
}
