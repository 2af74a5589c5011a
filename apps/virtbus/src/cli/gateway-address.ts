import { FleetError } from './fleet.js';
import { currentContext } from './contexts.js';
import type { Surroundings } from './surroundings.js';

/** A gateway and what one shows it. */
export interface GatewayAddress {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the address was found, in words. */
  readonly origin: string;
}

const isGateway = (url: string): boolean => /^(?:https?:\/\/|unix:)/.test(url);

/**
 * The gateway to go through; undefined when the bus itself is meant: by an address of NATS, or because nothing names a gateway.
 * @throws FleetError when the contexts cannot be read
 */
export async function gatewayAddress(
  given: string | undefined,
  surroundings: Pick<Surroundings, 'environment' | 'readFile'>,
): Promise<GatewayAddress | undefined> {
  const { environment } = surroundings;
  const token = environment['VIRTBUS_TOKEN'];
  if (given) return isGateway(given) ? { url: given, token, origin: 'given by --url' } : undefined;
  const named = environment['VIRTBUS_URL'];
  if (named) {
    if (isGateway(named)) return { url: named, token, origin: 'from VIRTBUS_URL' };
    throw new FleetError('fleet_unreachable', `VIRTBUS_URL must begin with https://, http:// or unix:, not "${named}"`);
  }
  if (environment['VIRTBUS_NATS_URL']) return undefined;
  const context = await currentContext(surroundings);
  return context && { url: context.url, token: token ?? context.token, origin: `of the context '${context.name}'` };
}
