import type { DnsmasqPlan } from '@virtbus/contracts';

/** `dhcp-range=START,END,SIZE…`, whose END is an address. */
const lendingRange = /^(dhcp-range=[^,]+),[\d.a-fA-F:]*[.:][\d.a-fA-F:]*(,.*)$/;

/**
 * What libvirt's configuration becomes in a fleet: each host lends only what netd has given to a MAC, never an address of its own
 * choice, since another host of the network would not know of it.
 */
export const lendingOnlyWhatIsGiven = (plan: DnsmasqPlan): DnsmasqPlan => {
  const options = plan.options.map((option) => option.replace(lendingRange, '$1,static$2'));
  const lends = options.some((option) => option.startsWith('dhcp-range=') && option.includes(',static'));
  return { ...plan, options, ...(lends ? { hosts: plan.hosts ?? [] } : {}) };
};
