import { Refusal } from '@virtbus/contracts';

const NWFILTER = 33;

/** What is said and known of which host's link is meant. */
export interface BindingPlace {
  readonly portDev: string;
  /** By the call. */
  readonly called: string | undefined;
  /** By the XML. */
  readonly written: string | undefined;
  /** Where the owner's domain is now, if there is such a domain. */
  readonly ofOwner: string | undefined;
  /** Whether the fleet has a host of that id. */
  readonly isHost: (hostId: string) => boolean;
  /** The hosts that have not said good-bye. */
  readonly hosts: readonly string[];
}

/** @throws Refusal no_host for one that there is not; invalid_argument when two are said, or none can be told */
export function hostOfBinding({ portDev, called, written, ofOwner, isHost, hosts }: BindingPlace): string {
  if (called !== undefined && written !== undefined && called !== written)
    throw invalid(`the binding says host ${written}, and the call host ${called}`);
  const named = called ?? written;
  if (named !== undefined) {
    if (isHost(named)) return named;
    throw new Refusal('no_host', `no host with id '${named}'; 'virtbus hosts' lists them`);
  }
  if (ofOwner !== undefined) return ofOwner;
  const [only, another] = hosts;
  if (only === undefined) throw new Refusal('no_host', `the fleet has no host, so none has a link '${portDev}'`);
  if (another === undefined) return only;
  throw invalid(
    `which host's link '${portDev}' is meant: name it, by <virtbus:placement xmlns:virtbus="urn:virtbus:nwfilter-binding:1" host="${only}"/> in the binding; there are ${hosts.join(', ')}`,
  );
}

/** Links are named by their hosts: several have one of that name. */
export const severalHosts = (hosts: readonly string[], portDev: string): Refusal =>
  invalid(`hosts ${hosts.join(', ')} each have a link '${portDev}' with a filter; name the host`);

const invalid = (words: string): Refusal => new Refusal('invalid_argument', `invalid argument: ${words}`, { domain: NWFILTER });
