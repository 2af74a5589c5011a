import { command, done, type Command } from './command.js';
import { scopeOf, scopeOptions, type Scope } from './change-scope.js';
import { isActive } from './core/list-filter.js';
import { readXml } from './input-file.js';
import { domainOption } from './object-order.js';
import { findDomain, withDomain } from './references.js';

export interface DeviceWords {
  readonly about: string;
  readonly example: string;
  /** In `Failed to … device from FILE`. */
  readonly verb: 'attach' | 'detach' | 'update';
  /** What no flag means. */
  readonly otherwise?: Scope;
}

const orders = { attach: 'attachDevice', detach: 'detachDevice', update: 'updateDevice' } as const;

const past = { attach: 'attached', detach: 'detached', update: 'updated' } as const;

/** A command that changes one device of one domain, described by a file. */
export const deviceOrder = ({ about, example, verb, otherwise }: DeviceWords): Command =>
  command({
    about,
    example,
    options: {
      domain: domainOption,
      file: { kind: 'text', required: true, about: 'file with the XML; - is standard input' },
      ...scopeOptions,
    },
    async run({ domain: text, file, ...flags }, context) {
      const found = await findDomain(context, text);
      const scope = scopeOf(flags, isActive(found), otherwise);
      const xml = await readXml(context, file);
      const result = await withDomain(context, text, `Failed to ${verb} device from ${file}`, async (domain) =>
        context.order(orders[verb], { domain, xml, ...scope }),
      );
      return done(`Device ${past[verb]} successfully`, result);
    },
  });
