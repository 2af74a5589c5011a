/** On which host a port that is made by hand is to be. */
import { Refusal } from '@virtbus/contracts';
import { PORT } from './network-port.js';

export interface PortPlaces {
  /** What the port's XML says. */
  readonly named: string | undefined;
  /** The host of its owner's domain, when that runs. */
  readonly ofOwner: string | undefined;
  /** Hosts of the fleet that have not left it, in the order of their ids, and which of them report. */
  readonly hosts: readonly { readonly hostId: string; readonly reports: boolean }[];
}

/** Named to whoever forgot to say which. */
const MOST_NAMED = 8;

/** @throws Refusal no_host, host_unreachable, config_unsupported when nothing says which */
export function portHostOf({ named, ofOwner, hosts }: PortPlaces): string {
  const [first, second] = hosts;
  const hostId = named ?? ofOwner ?? (second ? undefined : first?.hostId);
  if (hostId === undefined) throw first ? unsaid(hosts) : new Refusal('no_host', 'the fleet has no host that the port could be on');
  const host = hosts.find((one) => one.hostId === hostId);
  if (!host) throw new Refusal('no_host', `no host of the fleet has the id '${hostId}', or it has left`);
  if (!host.reports) throw new Refusal('host_unreachable', `host '${hostId}' does not report, so it cannot have the port's network`);
  return hostId;
}

function unsaid(hosts: PortPlaces['hosts']): Refusal {
  const ids = hosts.slice(0, MOST_NAMED).map(({ hostId }) => hostId);
  const list = `${ids.join(', ')}${hosts.length > MOST_NAMED ? ', …' : ''}`;
  const element = `<virtbus:placement xmlns:virtbus="${PORT.namespace}" host="…"/>`;
  return new Refusal(
    'config_unsupported',
    `unsupported configuration: a port is on a host, and its owner runs on none: add ${element} to <${PORT.root}>, with one of ${list}`,
    { path: `/${PORT.root}` },
  );
}
