/** What the screens that are served over the network have in common. */
import type { Argv } from '../argv/options.js';
import type { Graphics } from '../domain-parts.js';
import { unsupported } from '../refusal.js';

type Served = Extract<Graphics, { readonly type: 'vnc' | 'spice' }>;

/** The address that the definition gives, or else the host. */
export function listenAddress(one: Served, ofHost: string | undefined, at: string): string {
  return ownAddress(one, at) ?? one.listenAddress ?? ofHost ?? '127.0.0.1';
}

function ownAddress({ listen }: Served, at: string): string | undefined {
  const [first] = listen;
  if (first?.type === 'address') return first.address;
  if (first?.type !== 'network') return undefined;
  if (first.address === undefined) throw unsupported(`${at}/listen`, `the address of network '${first.network}' is not known here`);
  return first.address;
}

export const keymap = (layout: string | undefined): Argv => (layout === undefined ? [] : ['-k', layout]);
