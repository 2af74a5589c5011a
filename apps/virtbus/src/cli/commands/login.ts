import { resolve } from 'node:path';
import { command, done } from '../command.js';
import { readContexts, writeContexts } from '../contexts.js';
import { Failure, failed } from '../failure.js';
import { authority, gatewaysIn, notGateway } from '../gateway-address.js';
import { HttpClient } from '../http-client.js';
import type { Surroundings } from '../surroundings.js';

const MAX_TOKEN_BYTES = 16 * 1024;

/** @throws Failure */
async function tokenIn(file: string, { readFile }: Pick<Surroundings, 'readFile'>): Promise<string> {
  try {
    return (await readFile(file, MAX_TOKEN_BYTES)).trim();
  } catch (cause) {
    throw new Failure(
      [`the token in ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`],
      'file_unreadable',
    );
  }
}

export default command({
  about: `Keep a gateway's address and a token for it as a context, and use it from now on. The token is read from a file or standard
input, never from the command line, which others can see. The gateway is asked whether it takes it.`,
  example: 'virtbus login https://gateway.example:8480 --token-file token.txt',
  options: {
    address: {
      kind: 'text',
      required: true,
      about: 'address of the gateway: https://HOST:PORT, or unix:/path; several of one fleet with commas',
    },
    'token-file': { kind: 'text', namedOnly: true, about: 'file with the token; - is standard input' },
    'ca-file': { kind: 'text', namedOnly: true, about: 'file with the certificates of the authority that vouches for the gateway, PEM' },
    name: { kind: 'text', namedOnly: true, about: "name of the context; the gateway's host by default" },
  },
  async run({ address, 'token-file': file, 'ca-file': ca, name: given }, context) {
    const urls = gatewaysIn(address);
    if (!urls) throw new Failure([notGateway(address)], 'usage');
    const { surroundings } = context;
    const caFile = ca ?? surroundings.environment['VIRTBUS_CA_FILE'];
    const token = file === undefined ? surroundings.environment['VIRTBUS_TOKEN'] : await tokenIn(file, surroundings);
    const client = new HttpClient({ urls, token, ca: await authority(caFile, surroundings), origin: 'given' });
    const { body } = await client.call({ method: 'GET', path: '/v1/whoami', timeoutMs: 10_000 }).catch((thrown: unknown) => {
      throw failed(`Failed to log in at ${address}`, thrown);
    });
    const [first = ''] = urls;
    const name = given ?? (first.startsWith('unix:') ? 'local' : new URL(first).host);
    const { contexts } = await readContexts(surroundings);
    const entry = { url: address, ...(token === undefined ? {} : { token }), ...(caFile === undefined ? {} : { caFile: resolve(caFile) }) };
    await writeContexts(surroundings, { current: name, contexts: { ...contexts, [name]: entry } });
    return done(`Logged in at ${address} as ${String(body['name'])} (${String(body['role'])}); context '${name}'`, {
      context: name,
      ...body,
    });
  },
});
