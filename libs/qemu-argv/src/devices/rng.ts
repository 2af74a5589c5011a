/** Random numbers for the guest. */
import type { JsonObject } from '../argv/json.js';
import { device, object, type Argv } from '../argv/options.js';
import { chardevArgs, chardevId } from '../chardev/chardev.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Rng } from '../domain-parts.js';
import { addressProps } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

export const rngs: Builder = (context) => each('rng', context.domain.devices.rng, (one, at) => rng(context, one, at));

function rng(context: Context, one: Rng, at: string): Argv {
  const alias = aliasOf(one, at);
  const source = `obj${alias}`;
  return [
    ...before(context, one, at),
    ...object({ ...backendProps(one, alias), id: source }),
    ...device({
      driver: virtioName('virtio-rng', one),
      ...virtioProps(one.driver),
      rng: source,
      id: alias,
      'max-bytes': one.rate?.bytes,
      period: one.rate && (one.rate.period ?? DEFAULT_PERIOD_MS),
      ...addressProps(context, one, at),
    }),
  ];
}

const DEFAULT_PERIOD_MS = 1000;

function before(context: Context, { backend, ...one }: Rng, at: string): Argv {
  if (backend.model !== 'egd' || !backend.chardev) return [];
  const alias = aliasOf(one, at);
  return chardevArgs(context, backend.chardev, { id: chardevId(alias), alias, at: `${at}/backend` });
}

function backendProps({ backend }: Rng, alias: string): JsonObject {
  switch (backend.model) {
    case 'random':
      return { 'qom-type': 'rng-random', filename: backend.path ?? '/dev/random' };
    case 'egd':
      return { 'qom-type': 'rng-egd', chardev: chardevId(alias) };
    default:
      return { 'qom-type': 'rng-builtin' };
  }
}
