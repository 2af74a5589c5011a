import * as contracts from '@virtbus/contracts';
import { withoutHost } from '../core/live-metadata.js';
import { domainHandle, type DomainHandle } from '../handles.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const START_PAUSED = 1;
const AUTODESTROY = 2;
/** bypass-cache, force-boot and reset-nvram ask for what is so anyway: there is no saved state to boot instead of. */
const START_FLAGS = START_PAUSED | AUTODESTROY | 4 | 8 | 16;
const VALIDATE = 1;
/** What it says of managed saves, snapshots, checkpoints, NVRAM and TPM: none are kept beside a definition. */
const UNDEFINE_FLAGS = 0x7f;
const GRACEFUL = 1;
const ACPI = 1;
const AGENT = 2;

async function define(xml: string, { orders, known }: Session) {
  const { uuid } = await orders.run(contracts.defineDomain, { xml: withoutHost(xml) });
  return { dom: domainHandle(await known.domain({ uuid })) };
}

async function start({ uuid }: DomainHandle, flags: number, session: Session): Promise<void> {
  await session.orders.run(contracts.startDomain, { domain: uuid, paused: (flags & START_PAUSED) !== 0 });
  if ((flags & AUTODESTROY) !== 0) await session.endsWithConnection(uuid);
}

type OfDomain =
  | typeof contracts.destroyDomain
  | typeof contracts.suspendDomain
  | typeof contracts.resumeDomain
  | typeof contracts.resetDomain
  | typeof contracts.undefineDomain;

/** A command that has nothing to say but which domain. */
async function order(contract: OfDomain, { dom }: { readonly dom: DomainHandle }, { orders, known }: Session): Promise<object> {
  await known.domain(dom);
  await orders.run(contract, { domain: dom.uuid });
  return {};
}

type Asked = typeof contracts.shutdownDomain | typeof contracts.rebootDomain;

/** Both ways together mean what neither does: the one that works. */
/** Both ways together mean what neither does: the one that works. */
const modes: Readonly<Record<number, contracts.ShutdownMode>> = { [ACPI]: 'acpi', [AGENT]: 'agent' };

async function ask(
  contract: Asked,
  { dom, flags }: { readonly dom: DomainHandle; readonly flags: number },
  session: Session,
): Promise<object> {
  await session.known.domain(dom);
  await session.orders.run(contract, { domain: dom.uuid, ...contracts.defined({ mode: modes[flags] }) });
  return {};
}

/** What is done with domains. Each is a command of the fleet, and its outcome the answer. */
export const domainLife: RemoteHandlers = {
  domain_define_xml: ({ xml }, session) => define(xml, session),
  domain_define_xml_flags: ({ xml, flags }, session) => {
    refuseOtherFlags(flags, VALIDATE, 'domain_define_xml_flags');
    return define(xml, session);
  },
  domain_create_xml: async ({ xml_desc, flags }, session) => {
    const { orders, known } = session;
    refuseOtherFlags(flags, START_FLAGS, 'domain_create_xml');
    const paused = (flags & START_PAUSED) !== 0;
    const { uuid } = await orders.run(contracts.createDomain, { xml: withoutHost(xml_desc), paused });
    if ((flags & AUTODESTROY) !== 0) await session.endsWithConnection(uuid);
    return { dom: domainHandle(await known.domain({ uuid })) };
  },
  domain_create: async ({ dom }, session) => {
    await session.known.domain(dom);
    await start(dom, 0, session);
    return {};
  },
  domain_create_with_flags: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, START_FLAGS, 'domain_create_with_flags');
    await session.known.domain(dom);
    await start(dom, flags, session);
    return { dom: domainHandle(await session.known.domain(dom)) };
  },
  domain_shutdown: ({ dom }, session) => ask(contracts.shutdownDomain, { dom, flags: 0 }, session),
  domain_shutdown_flags: ({ dom, flags }, session) => {
    refuseOtherFlags(flags, AGENT | ACPI, 'domain_shutdown_flags');
    return ask(contracts.shutdownDomain, { dom, flags }, session);
  },
  domain_reboot: ({ dom, flags }, session) => {
    refuseOtherFlags(flags, AGENT | ACPI, 'domain_reboot');
    return ask(contracts.rebootDomain, { dom, flags }, session);
  },
  domain_reset: ({ dom, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_reset');
    return order(contracts.resetDomain, { dom }, session);
  },
  domain_destroy: (args, session) => order(contracts.destroyDomain, args, session),
  domain_destroy_flags: ({ dom, flags }, session) => {
    refuseOtherFlags(flags, GRACEFUL, 'domain_destroy_flags');
    return order(contracts.destroyDomain, { dom }, session);
  },
  domain_suspend: (args, session) => order(contracts.suspendDomain, args, session),
  domain_resume: (args, session) => order(contracts.resumeDomain, args, session),
  domain_undefine: (args, session) => order(contracts.undefineDomain, args, session),
  domain_undefine_flags: ({ dom, flags }, session) => {
    refuseOtherFlags(flags, UNDEFINE_FLAGS, 'domain_undefine_flags');
    return order(contracts.undefineDomain, { dom }, session);
  },
  domain_rename: async ({ dom, new_name: name = '', flags }, { orders, known }) => {
    refuseOtherFlags(flags, 0, 'domain_rename');
    await known.domain(dom);
    await orders.run(contracts.renameDomain, { domain: dom.uuid, name });
    return { retcode: 0 };
  },
  domain_set_autostart: async ({ dom, autostart }, { orders, known }) => {
    await known.domain(dom);
    await orders.run(contracts.setDomainAutostart, { domain: dom.uuid, autostart: autostart !== 0 });
    return {};
  },
};
