import { command, done, told, type Report } from '../command.js';
import type { Context } from '../context.js';
import { readContexts, writeContexts, type Contexts } from '../contexts.js';
import { own } from '../core/own.js';
import { formatTable } from '../core/text-table.js';
import { Failure, Misuse } from '../failure.js';
import { gatewaysIn, notGateway } from '../gateway-address.js';

interface Wish {
  readonly kept: Contexts;
  readonly name: string | undefined;
  readonly address: string | undefined;
  readonly context: Context;
}

/** @throws Failure when there is no such context, Misuse when none is named */
function known(verb: string, { kept, name }: Wish): string {
  if (name === undefined) throw new Misuse(`command 'context ${verb}' requires <name> option`);
  if (own(kept.contexts, name)) return name;
  throw new Failure([`there is no context '${name}'`], 'usage', { hint: "'virtbus context list' lists them" });
}

function list({ kept: { contexts, current }, context }: Wish): Report {
  const rows = Object.entries(contexts).map(([each, { url }]) => [each === current ? '*' : '', each, url]);
  const json = Object.entries(contexts).map(([each, { url }]) => ({ name: each, url, current: each === current }));
  return { text: formatTable({ header: ['', 'Name', 'Address'], rows }, context.globals.quiet), json };
}

async function use(wish: Wish): Promise<Report> {
  const current = known('use', wish);
  await writeContexts(wish.context.surroundings, { contexts: wish.kept.contexts, current });
  return done(`Context '${current}' is used from now on`, { current });
}

async function none({ kept: { contexts }, context }: Wish): Promise<Report> {
  await writeContexts(context.surroundings, { contexts });
  return done('No context is used from now on', { current: null });
}

async function set({ kept, name, address, context }: Wish): Promise<Report> {
  if (name === undefined || address === undefined) throw new Misuse("command 'context set' requires <name> and <address> options");
  if (!gatewaysIn(address)) throw new Failure([notGateway(address)], 'usage');
  const entry = { ...own(kept.contexts, name), url: address };
  await writeContexts(context.surroundings, { ...kept, contexts: { ...kept.contexts, [name]: entry } });
  return done(`Context '${name}' set`, { name, url: address });
}

async function forget(wish: Wish): Promise<Report> {
  const name = known('delete', wish);
  const { [name]: _, ...contexts } = wish.kept.contexts;
  const { current } = wish.kept;
  await writeContexts(wish.context.surroundings, { contexts, ...(current === undefined || current === name ? {} : { current }) });
  return done(`Context '${name}' deleted`, { name });
}

const show = ({ kept: { current } }: Wish): Report => told([current ?? '-'], { current: current ?? null });

const verbs: Readonly<Record<string, (wish: Wish) => Report | Promise<Report>>> = { list, show, use, none, set, delete: forget };

export default command({
  about: `Gateways by name: list them, use one from now on, show the one in use, keep one, or forget one.
A token is kept in a file that nobody else may read; 'virtbus login' makes a context, too.`,
  example: 'virtbus context use prod',
  options: {
    verb: { kind: 'text', required: true, about: Object.keys(verbs).join(', ') },
    name: { kind: 'text', about: 'name of the context' },
    address: { kind: 'text', about: 'address of the gateway, for set' },
  },
  async run({ verb, name, address }, context) {
    const act = own(verbs, verb);
    if (!act) throw new Misuse(`'${verb}' is none of ${Object.keys(verbs).join(', ')}`);
    return act({ kept: await readContexts(context.surroundings), name, address, context });
  },
});
