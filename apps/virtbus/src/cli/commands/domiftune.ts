import { changeOptions, reachOf } from '../change-options.js';
import { command, told, type Report } from '../command.js';
import { rateLines, readRate, type RateWords } from '../core/rate-words.js';
import { isActive } from '../core/list-filter.js';
import { domainInterfaces, isNamed } from '../domain-interfaces.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';
import type { Context } from '../context.js';

const WHOLE = 'Unable to get interface parameters';

export default command({
  about: "Show or change what a domain's network interface may carry: average, peak and burst of each direction, and what is guaranteed.",
  example: 'virtbus domiftune web 52:54:00:12:34:56 --inbound 1000,2000,512 --live',
  options: {
    domain: domainOption,
    interface: { kind: 'text', required: true, about: 'interface device (MAC Address)' },
    inbound: { kind: 'text', about: "control domain's incoming traffics: average,peak,burst,floor" },
    outbound: { kind: 'text', about: "control domain's outgoing traffics: average,peak,burst" },
    ...changeOptions,
  },
  async run({ domain: text, interface: device, inbound, outbound, ...flags }, context) {
    const reach = reachOf(flags);
    if (inbound === undefined && outbound === undefined) return shown(context, text, device, reach);
    const tuning = {
      device,
      ...(inbound === undefined ? {} : { inbound: rateOf('inbound', inbound) }),
      ...(outbound === undefined ? {} : { outbound: rateOf('outbound', outbound) }),
    };
    const json = await withDomain(context, text, 'Unable to set interface parameters', async (domain) =>
      context.order('tuneInterface', { domain, tuning, ...reach }),
    );
    return { text: '', json };
  },
});

interface Reach {
  readonly live?: boolean;
  readonly config?: boolean;
}

async function shown(context: Context, text: string, device: string, reach: Reach): Promise<Report> {
  const inactive = isInactive(reach, isActive(await findDomain(context, text)));
  const net = (await domainInterfaces(context, text, inactive)).find(isNamed(device));
  if (!net) throw refusal(`invalid argument: '${device}' is not a known interface`);
  const { inbound = {}, outbound = {} } = net.bandwidth ?? {};
  return told(rateLines({ inbound, outbound }), { interface: device, inbound, outbound });
}

/** Whether the definition is asked for. @throws Failure for flags that name two, or what does not run */
function isInactive({ live = false, config = false }: Reach, active: boolean): boolean {
  if (live && config) throw refusal("Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
  if (live && !active) {
    throw new Failure([WHOLE, 'Requested operation is not valid: domain is not running'], 'operation_invalid', { libvirt: 55 });
  }
  return config || !active;
}

const refusal = (words: string): Failure => new Failure([WHOLE, words], 'invalid_argument', { libvirt: 8 });

function rateOf(way: 'inbound' | 'outbound', text: string): RateWords {
  const reading = readRate(way, text);
  if (reading.type === 'refused') throw new Failure([reading.words], 'usage');
  return reading.rate;
}
