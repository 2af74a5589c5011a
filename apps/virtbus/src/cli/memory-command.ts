import { changeOptions, reachOf } from './change-options.js';
import { command, type Command } from './command.js';
import { sizeKiB } from './core/sizes.js';
import { Failure } from './failure.js';
import { domainOption } from './object-order.js';
import { withDomain } from './references.js';

interface MemoryWords {
  readonly about: string;
  readonly example: string;
  readonly maximum: boolean;
  readonly failure: string | undefined;
}

/** setmem and setmaxmem. */
export const memoryCommand = ({ about, example, maximum, failure }: MemoryWords): Command =>
  command({
    about,
    example,
    options: {
      domain: domainOption,
      size: { kind: 'text', required: true, about: 'new size, in KiB or with a unit: 512M' },
      ...changeOptions,
    },
    async run({ domain: text, size, ...flags }, context) {
      const memoryKiB = sizeKiB(size);
      if (memoryKiB === undefined || memoryKiB === 0) {
        throw new Failure([`Scaled numeric value '${size}' for <size> option is malformed or out of range`], 'usage');
      }
      const reach = reachOf(flags);
      const json = await withDomain(context, text, failure, async (domain) =>
        context.order('setDomainMemory', { domain, memoryKiB, ...(maximum ? { maximum } : {}), ...reach }),
      );
      return { text: '', json };
    },
  });
