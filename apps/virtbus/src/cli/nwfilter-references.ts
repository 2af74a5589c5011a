import { Failure, failed } from './failure.js';
import { FleetError } from './fleet.js';

export const nwfilterOption = { kind: 'text', required: true, about: 'name or UUID of the network filter' } as const;

export const bindingOption = { kind: 'text', required: true, about: 'name of the link on its host' } as const;
export const hostOption = { kind: 'text', namedOnly: true, about: 'the host, where several have a link of that name' } as const;

export const linkOf = (portDev: string, host: string | undefined): { readonly portDev: string; readonly hostId?: string } => ({
  portDev,
  ...(host === undefined ? {} : { hostId: host }),
});

/** Does something with the filter of a link. @throws Failure that begins with `doing`, or says that there is none */
export async function withBinding<T>(portDev: string, doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isMissing = error instanceof FleetError && error.code === 'no_nwfilter_binding';
    throw failed(isMissing ? `failed to get nwfilter binding '${portDev}'` : doing, error);
  }
}

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
