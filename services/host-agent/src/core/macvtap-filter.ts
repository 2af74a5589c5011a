import type { RxFilter } from '@virtbus/contracts';

/** What a macvtap takes from its wire, as far as it can be read. */
export interface HostFilter {
  readonly mac: string;
  readonly groups: readonly string[];
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  readonly multicast: boolean;
}

/** One change of a macvtap; each is tried, whatever became of the one before. */
export type FilterStep =
  | { readonly do: 'mac'; readonly mac: string }
  | { readonly do: 'join' | 'leave'; readonly group: string }
  | {
      readonly do: 'flags';
      readonly to: { readonly promiscuous?: boolean; readonly allMulticast?: boolean; readonly multicast?: boolean };
    };

/**
 * What makes a macvtap take from its wire what its guest's card wants to have: libvirt's steps in libvirt's order. VLANs pass only when
 * the macvtap takes everything. The table of unicast addresses, what broadcasts may do and the modes of unicast and VLANs have no
 * counterpart on the host.
 */
export function filterSteps(host: HostFilter, guest: RxFilter): readonly FilterStep[] {
  const wanted = new Set(guest.multicast.table);
  const present = new Set(host.groups);
  const joined = [...wanted].filter((group) => !present.has(group));
  const left = [...present].filter((group) => !wanted.has(group));
  const promiscuous = guest.promiscuous || guest.vlan.table.length > 0;
  return [
    ...(guest.mac === host.mac ? [] : [{ do: 'mac', mac: guest.mac } as const]),
    ...joined.map((group) => ({ do: 'join', group }) as const),
    ...left.map((group) => ({ do: 'leave', group }) as const),
    ...(promiscuous === host.promiscuous ? [] : [{ do: 'flags', to: { promiscuous } } as const]),
    ...multicastSteps(host, guest),
  ];
}

/** A guest whose table has overflown takes all, for the host does not know the rest. */
function multicastSteps(host: HostFilter, { multicast: { mode, overflow } }: RxFilter): readonly FilterStep[] {
  const hostMode = host.allMulticast ? 'all' : host.multicast ? 'normal' : 'none';
  const differs = mode !== hostMode;
  if (mode === 'all') return differs ? [{ do: 'flags', to: { allMulticast: true } }] : [];
  if (mode === 'none') return differs ? [{ do: 'flags', to: { allMulticast: false, multicast: false } }] : [];
  const isDone = overflow ? hostMode === 'all' : !differs;
  return isDone ? [] : [{ do: 'flags', to: { multicast: true, allMulticast: overflow } }];
}
