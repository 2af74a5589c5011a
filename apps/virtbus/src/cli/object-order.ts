import { command, done, type Command } from './command.js';
import type { DomainOrder, NetworkOrder } from './fleet.js';
import { withDomain, withNetwork } from './references.js';

export interface OrderWords {
  readonly about: string;
  readonly example: string;
  /** Before the quoted name when it failed: `Failed to suspend domain`. */
  readonly failure: string;
  /** After the quoted name when it worked: `suspended`. */
  readonly success: string;
}

export const domainOption = { kind: 'text', required: true, about: 'number, name or UUID of the domain' } as const;
export const networkOption = { kind: 'text', required: true, about: 'name or UUID of the network' } as const;

/** A command that orders one thing of one domain. */
export const domainOrder = (order: DomainOrder, { about, example, failure, success }: OrderWords): Command =>
  command({
    about,
    example,
    options: { domain: domainOption },
    async run({ domain: text }, context) {
      const result = await withDomain(context, text, `${failure} '${text}'`, async (domain) => context.order(order, { domain }));
      return done(`Domain '${text}' ${success}`, result);
    },
  });

/** A command that orders one thing of one network. virsh puts no quotes around the names of networks. */
export const networkOrder = (order: NetworkOrder, { about, example, failure, success }: OrderWords): Command =>
  command({
    about,
    example,
    options: { network: networkOption },
    async run({ network }, context) {
      const result = await withNetwork(network, `${failure} ${network}`, async () => context.order(order, { network }));
      return done(`Network ${network} ${success}`, result);
    },
  });
