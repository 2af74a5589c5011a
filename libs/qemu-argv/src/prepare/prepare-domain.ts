import type { DomainDef } from '@virtbus/libvirt-xml';
import type { NetInterface } from '../domain-parts.js';
import { withAliases } from './aliases.js';

export interface PrepareOptions {
  /** Whether an interface of type `network` turns out to be an assigned device: its network has a pool of them. */
  isHostdev?(net: NetInterface): boolean;
}

/**
 * What a definition lacks to be started, beyond the defaults that are assigned when it is defined: names of devices.
 * Names that are there stay, so that preparing twice changes nothing.
 */
export function prepareDomain(domain: DomainDef, options: PrepareOptions = {}): DomainDef {
  return withAliases(domain, (net) => net.type === 'hostdev' || options.isHostdev?.(net) === true);
}
