import { FleetError } from './fleet.js';
import { currentContext } from './contexts.js';
import type { Surroundings } from './surroundings.js';

/** Gateways of one fleet, and what one shows them. */
export interface GatewayAddress {
  /** When the first does not answer the next one is asked. At least one. */
  readonly urls: readonly string[];
  readonly token: string | undefined;
  /** Certificates of the authority that vouches for the gateways, PEM; Node's own when absent. */
  readonly ca?: string | undefined;
  /** Where the address was found, in words. */
  readonly origin: string;
}

type Read = Pick<Surroundings, 'environment' | 'readFile' | 'modeOf'>;

const MAX_CA_BYTES = 1024 * 1024;

const isGateway = (url: string): boolean => (/^https?:\/\//.test(url) ? URL.canParse(url) : /^unix:./.test(url));

/** @returns undefined when one of them is no address of a gateway */
export function gatewaysIn(text: string): readonly string[] | undefined {
  const urls = text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  return urls.length > 0 && urls.every(isGateway) ? urls : undefined;
}

export const notGateway = (text: string): string => `'${text}' is no address of a gateway: it begins with https:// or unix:`;

/**
 * The gateway to go through; undefined when the bus itself is meant: by an address of NATS, or because nothing names a gateway.
 * @throws FleetError when the contexts or the authority's certificates cannot be read
 */
export async function gatewayAddress(given: string | undefined, surroundings: Read): Promise<GatewayAddress | undefined> {
  const { environment } = surroundings;
  const token = environment['VIRTBUS_TOKEN'];
  const ca = environment['VIRTBUS_CA_FILE'];
  if (given) {
    const urls = gatewaysIn(given);
    return urls && { urls, token, ca: await authority(ca, surroundings), origin: 'given by --url' };
  }
  const named = environment['VIRTBUS_URL'];
  if (named) {
    const urls = gatewaysIn(named);
    if (urls) return { urls, token, ca: await authority(ca, surroundings), origin: 'from VIRTBUS_URL' };
    throw new FleetError('fleet_unreachable', `VIRTBUS_URL must begin with https://, http:// or unix:, not "${named}"`);
  }
  return environment['VIRTBUS_NATS_URL'] ? undefined : ofContext(surroundings, { token, ca });
}

async function ofContext(
  surroundings: Read,
  { token, ca }: { readonly token: string | undefined; readonly ca: string | undefined },
): Promise<GatewayAddress | undefined> {
  const context = await currentContext(surroundings);
  if (!context) return undefined;
  const urls = gatewaysIn(context.url);
  if (!urls) throw new FleetError('usage', `the context '${context.name}' has no address of a gateway: "${context.url}"`);
  return {
    urls,
    token: token ?? context.token,
    ca: await authority(ca ?? context.caFile, surroundings),
    origin: `of the context '${context.name}'`,
  };
}

/** @throws FleetError */
export async function authority(path: string | undefined, { readFile }: Pick<Surroundings, 'readFile'>): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, MAX_CA_BYTES);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('usage', `the certificates in ${path} cannot be read: ${words}`, { cause });
  }
}
