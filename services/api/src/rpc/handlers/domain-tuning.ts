import * as contracts from '@virtbus/contracts';
import { isNamedInterface, type NetDef } from '@virtbus/libvirt-xml';
import type { TypedParam } from '@virtbus/libvirt-rpc';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { impact, reachOf } from '../impact.js';
import { invalidArgument, invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';
import { limitOf, limits } from '../typed-bandwidth.js';

type Rate = Record<string, number>;

/** virTypedParameterFlags: the client takes strings, too. There are none among these. */
const STRINGS_OKAY = 4;
const MUTUAL = "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive";

async function interfaceOf(dom: DomainHandle, device: string, flags: number, { known }: Session): Promise<NetDef> {
  const domain = await known.domain(dom);
  if ((flags & impact.both) === impact.both) throw invalidArgument(MUTUAL);
  if ((flags & impact.live) !== 0 && !domain.active) throw invalidOperation('domain is not running');
  const net = definitionOf(domain, (flags & impact.config) !== 0).devices.interface.find((each) => isNamedInterface(each, device));
  if (!net) throw invalidArgument(`'${device}' is not a known interface`);
  return net;
}

/** A direction that no parameter names stays as it is. */
function tuningOf(params: readonly TypedParam[]): { readonly inbound?: Rate; readonly outbound?: Rate } {
  const tuning: { inbound?: Rate; outbound?: Rate } = {};
  const seen = new Set<string>();
  for (const { field, value } of params) {
    const [way, name] = limits.find(([direction, limit]) => `${direction}.${limit}` === field) ?? [];
    if (way === undefined || name === undefined) throw invalidArgument(`parameter '${field}' not supported`);
    if (value.type !== 'uint') throw invalidArgument(`invalid type '${value.type}' for parameter '${field}', expected 'uint'`);
    if (seen.has(field)) throw invalidArgument(`parameter '${field}' occurs multiple times`);
    seen.add(field);
    tuning[way] = { ...tuning[way], [name]: value.value };
  }
  return tuning;
}

/** What interfaces may carry. */
export const domainTuning: RemoteHandlers = {
  domain_get_interface_parameters: async ({ dom, device, nparams, flags }, session) => {
    refuseOtherFlags(flags, impact.both | STRINGS_OKAY, 'domain_get_interface_parameters');
    if (nparams === 0) return { params: [], nparams: limits.length };
    const { bandwidth = {} } = await interfaceOf(dom, device, flags, session);
    const params = limits.map(([way, name]): TypedParam => ({
      field: `${way}.${name}`,
      value: { type: 'uint', value: limitOf(bandwidth[way], name) },
    }));
    return { params: params.slice(0, nparams), nparams: Math.min(nparams, params.length) };
  },
  domain_set_interface_parameters: async ({ dom, device, params, flags }, { known, orders }) => {
    refuseOtherFlags(flags, impact.both, 'domain_set_interface_parameters');
    const { record } = await known.domain(dom);
    await orders.run(contracts.tuneInterface, { domain: record.uuid, tuning: { device, ...tuningOf(params) }, ...reachOf(flags) });
    return {};
  },
};
