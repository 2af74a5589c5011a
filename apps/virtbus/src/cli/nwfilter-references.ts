import { Failure, failed } from './failure.js';
import { FleetError } from './fleet.js';

export const nwfilterOption = { kind: 'text', required: true, about: 'name or UUID of the network filter' } as const;

const missing = (text: string): Failure =>
  new Failure([`failed to get nwfilter '${text}'`, `Network filter not found: no nwfilter with matching name '${text}'`], 'no_nwfilter', {
    libvirt: 62,
  });

/** Does something with a network filter that the user has named. @throws Failure that begins with `doing`, or says that there is none */
export async function withNwfilter<T>(text: string, doing: string | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof FleetError && error.code === 'no_nwfilter' ? missing(text) : failed(doing, error);
  }
}
