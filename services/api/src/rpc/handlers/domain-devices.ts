import * as contracts from '@virtbus/contracts';
import type { DomainHandle } from '../handles.js';
import { impact, reachOf } from '../impact.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** virDomainDeviceModifyFlags: change it though it is locked, as an open tray. There is nothing here that it would force. */
const FORCE = 4;

type Change = typeof contracts.attachDevice | typeof contracts.detachDevice | typeof contracts.updateDevice;

interface Asked {
  readonly dom: DomainHandle;
  readonly xml: string;
  readonly flags: number;
}

async function change(contract: Change, { dom, xml, flags }: Asked, { known, orders }: Session): Promise<object> {
  const { record } = await known.domain(dom);
  await orders.run(contract, { domain: record.uuid, xml, ...reachOf(flags) });
  return {};
}

/** The devices of a domain: plugged, unplugged, changed, in what runs and in the definition. */
export const domainDevices: RemoteHandlers = {
  domain_attach_device: ({ dom, xml }, session) => change(contracts.attachDevice, { dom, xml, flags: impact.live }, session),
  domain_attach_device_flags: (args, session) => {
    refuseOtherFlags(args.flags, impact.both, 'domain_attach_device_flags');
    return change(contracts.attachDevice, args, session);
  },
  domain_detach_device: ({ dom, xml }, session) => change(contracts.detachDevice, { dom, xml, flags: impact.live }, session),
  domain_detach_device_flags: (args, session) => {
    refuseOtherFlags(args.flags, impact.both, 'domain_detach_device_flags');
    return change(contracts.detachDevice, args, session);
  },
  domain_detach_device_alias: async ({ dom, alias, flags }, { known, orders }) => {
    refuseOtherFlags(flags, impact.both, 'domain_detach_device_alias');
    const { record } = await known.domain(dom);
    await orders.run(contracts.detachDevice, { domain: record.uuid, alias, ...reachOf(flags) });
    return {};
  },
  domain_update_device_flags: (args, session) => {
    refuseOtherFlags(args.flags, impact.both | FORCE, 'domain_update_device_flags');
    return change(contracts.updateDevice, args, session);
  },
};
