/** Secrets that a layer's nodes refer to; they stand before the nodes. */
import type { Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { formatNode, storageNode, type Layer } from './layer.js';
import type { NetworkSource } from './place.js';
import { neededSecret } from './secret-object.js';
import { secretIds } from './secret-ids.js';

export function layerSecrets(context: Context, layer: Layer): Argv {
  return [...auth(context, layer), ...encryption(context, layer), ...cookies(context, layer)];
}

function auth(context: Context, layer: Layer): Argv {
  const found = layer.place.source?.auth;
  if (!found) return [];
  const { uuid, usage } = found.secret;
  return neededSecret(context, { id: secretIds(storageNode(layer)).auth, purpose: 'auth', uuid, usage }, layer.at);
}

function encryption(context: Context, layer: Layer): Argv {
  const secrets = layer.encryption?.secret ?? [];
  const [secret] = secrets;
  if (!secret) return [];
  const { uuid, usage } = secret;
  return neededSecret(context, { id: secretIds(formatNode(layer)).encryption, purpose: 'encryption', uuid, usage }, layer.at);
}

function cookies(context: Context, layer: Layer): Argv {
  const { place } = layer;
  const given = place.type === 'network' ? cookieText(place.source) : '';
  if (given === '') return [];
  return neededSecret(context, { id: secretIds(storageNode(layer)).cookie, purpose: 'cookie', text: given }, layer.at);
}

const cookieText = (source: NetworkSource | undefined): string =>
  (source?.cookies?.cookie ?? []).map(({ name, value }) => `${name}=${value ?? ''}`).join('; ');
