import { command, done } from '../command.js';
import { readContexts, writeContexts } from '../contexts.js';
import { Failure, failed } from '../failure.js';
import { HttpClient } from '../http-client.js';

const MAX_TOKEN_BYTES = 16 * 1024;

export default command({
  about: `Keep a gateway's address and a token for it as a context, and use it from now on. The token is read from a file or standard
input, never from the command line, which others can see. The gateway is asked whether it takes it.`,
  example: 'virtbus login https://gateway.example:8480 --token-file token.txt',
  options: {
    address: { kind: 'text', required: true, about: 'address of the gateway: https://HOST:PORT, or unix:/path' },
    'token-file': { kind: 'text', namedOnly: true, about: 'file with the token; - is standard input' },
    name: { kind: 'text', namedOnly: true, about: "name of the context; the gateway's host by default" },
  },
  async run({ address, 'token-file': file, name: given }, context) {
    if (!/^(?:https?:\/\/|unix:)/.test(address))
      throw new Failure([`'${address}' is no address of a gateway: it begins with https:// or unix:`], 'usage');
    const { surroundings } = context;
    const token =
      file === undefined ? surroundings.environment['VIRTBUS_TOKEN'] : (await surroundings.readFile(file, MAX_TOKEN_BYTES)).trim();
    const client = new HttpClient({ url: address, token, origin: 'given' });
    const { body } = await client.call({ method: 'GET', path: '/v1/whoami', timeoutMs: 10_000 }).catch((thrown: unknown) => {
      throw failed(`Failed to log in at ${address}`, thrown);
    });
    const name = given ?? (address.startsWith('unix:') ? 'local' : new URL(address).host);
    const { contexts } = await readContexts(surroundings);
    const entry = { url: address, ...(token === undefined ? {} : { token }) };
    await writeContexts(surroundings, { current: name, contexts: { ...contexts, [name]: entry } });
    return done(`Logged in at ${address} as ${String(body['name'])} (${String(body['role'])}); context '${name}'`, {
      context: name,
      ...body,
    });
  },
});
