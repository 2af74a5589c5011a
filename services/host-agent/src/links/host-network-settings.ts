import { getLink, listLinks, listRoutes, networkOf, readSysctl, writeSysctl, type Rtnetlink } from '@virtbus/netlink';
import type { BridgePlan } from '../core/link-plan.js';
import { LinkError, step } from './link-error.js';

/**
 * Refuses a network whose IPv4 addresses or routes are a network that the host already reaches elsewhere. Only equal networks collide:
 * a larger one that contains it does not (libvirt).
 * @throws LinkError network_in_use
 */
export function refuseCollision(rtnetlink: Rtnetlink, plan: BridgePlan): void {
  const wanted = [...plan.addresses, ...(plan.routes ?? [])].filter(({ family }) => family === 'ipv4');
  if (wanted.length === 0) return;
  const routes = step('list the routes of the host', () => listRoutes(rtnetlink, 'ipv4'));
  for (const { family, address, prefix } of wanted) {
    const network = step(`read ${address}/${prefix}`, () => networkOf(family, address, prefix));
    const route = routes.find((one) => one.destination === network && one.prefix === prefix);
    if (!route) continue;
    const link = route.link === undefined ? undefined : getLink(rtnetlink, route.link);
    throw new LinkError('network_in_use', `the network ${network}/${prefix} is already in use by interface ${link?.name ?? 'none'}`);
  }
}

/** IPv6 on the bridge only where the network has it, and never by what a guest advertises. @throws LinkError system */
export function setBridgeIpv6(netns: string | undefined, plan: BridgePlan): boolean {
  const hasIpv6 = plan.addresses.some(({ family }) => family === 'ipv6');
  const settings = { disable_ipv6: hasIpv6 ? '0' : '1', accept_ra: '0', autoconf: '0' };
  const outcomes = Object.entries(settings).map(([setting, value]) =>
    step(`set ${setting} of ${plan.name} to ${value}`, () => writeSysctl(netns, ['ipv6', 'conf', plan.name, setting], value)),
  );
  if (hasIpv6 && outcomes.includes('missing'))
    throw new LinkError('system', `cannot give ${plan.name} an IPv6 address: the kernel has no IPv6`);
  return outcomes.includes('written');
}

/** Has the host forward packets of the families named. @throws LinkError ipv6_forwarding_unsafe, system */
export function enableForwarding(netns: string | undefined, rtnetlink: Rtnetlink, forwarding: BridgePlan['forwarding']): boolean {
  const ipv4 = forwarding?.ipv4 === true && turnOn(netns, ['ipv4', 'ip_forward']);
  if (forwarding?.ipv6 !== true || readSysctl(netns, ipv6Forwarding) === '1') return ipv4;
  refuseLostRoutes(netns, rtnetlink);
  return turnOn(netns, ipv6Forwarding) || ipv4;
}

const ipv6Forwarding = ['ipv6', 'conf', 'all', 'forwarding'];

const turnOn = (netns: string | undefined, path: readonly string[]): boolean =>
  step(`set ${path.join('.')} to 1`, () => writeSysctl(netns, path, '1')) === 'written';

/** A host that forwards IPv6 no longer listens to routers on interfaces whose accept_ra is 1, and loses its routes from them. */
function refuseLostRoutes(netns: string | undefined, rtnetlink: Rtnetlink): void {
  const routes = step('list the IPv6 routes of the host', () => listRoutes(rtnetlink, 'ipv6'));
  const advertised = new Set(routes.filter((route) => route.advertised).map(({ link }) => link));
  const atRisk = listLinks(rtnetlink)
    .filter(({ index, name }) => advertised.has(index) && readSysctl(netns, ['ipv6', 'conf', name, 'accept_ra']) !== '2')
    .map(({ name }) => name);
  if (atRisk.length === 0) return;
  const why = `${atRisk.join(', ')} would lose routes that routers advertise: set accept_ra to 2 there`;
  throw new LinkError('ipv6_forwarding_unsafe', `cannot forward IPv6: ${why}`);
}
