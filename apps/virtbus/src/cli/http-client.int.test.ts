/** Gateways that are there and say nothing, by every way in which that happens. */
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpClient } from './http-client.js';

let servers: (Server | HttpServer)[] = [];
const held = new Set<{ destroy(): unknown }>();
afterEach(() => {
  for (const socket of held) socket.destroy();
  for (const server of servers) server.close();
  servers = [];
});

async function listening(server: Server | HttpServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: { destroy(): unknown }) => held.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}
/** Takes the connection, and that is all. */
const hung = (): Promise<number> => listening(createTcpServer(() => undefined));

/** A gateway that answers a call once the given promise has resolved; whether it is there it says at once, or never. */
const slow = (until: Promise<void>, there = true): Promise<number> =>
  listening(
    createServer((request, response) => {
      if (request.url !== '/v1/version') return void until.then(() => response.end('{"done":true}'));
      return there ? void response.end('{}') : undefined;
    }),
  );

const client = (urls: readonly string[], connectMs = 400) =>
  new HttpClient({ urls, token: undefined, origin: 'given by --url' }, connectMs);

/** What is said, and after how many milliseconds. */
async function failed(work: Promise<unknown>): Promise<{ readonly words: string; readonly ms: number }> {
  const from = performance.now();
  const words = await work.then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  return { words, ms: performance.now() - from };
}

const next = "\nrun 'virtbus up', or say where a gateway is with --url, VIRTBUS_URL or 'virtbus context use'";

describe.each(['http', 'https'])('a gateway over %s that takes connections and says nothing', (scheme) => {
  test('is given up in the time that it has to be there', async () => {
    const url = `${scheme}://127.0.0.1:${await hung()}`;
    const { words, ms } = await failed(client([url]).hello());
    expect(words).toBe(`no gateway to talk to at ${url} (given by --url): no answer within 0.4 s${next}`);
    expect(ms).toBeLessThan(3_000);
  });
});

test('of several, each is said with its own reason', async () => {
  const urls = [`http://127.0.0.1:${await hung()}`, 'http://127.0.0.1:1'];
  const { words } = await failed(client(urls).hello());
  const reasons = `\n${urls[0]}: no answer within 0.4 s\n${urls[1]}: connect ECONNREFUSED 127.0.0.1:1`;
  expect(words).toBe(`no gateway to talk to at ${urls.join(', ')} (given by --url): ${reasons}${next}`);
});

test('the next one is asked when the first says nothing', async () => {
  const urls = [`http://127.0.0.1:${await hung()}`, `http://127.0.0.1:${await slow(Promise.resolve())}`];
  await client(urls).hello();
});

describe('a call that takes long', () => {
  const call = { method: 'POST', path: '/v1/domains/web/start', timeoutMs: 30_000 } as const;

  test('is waited for while its gateway is there', async () => {
    let answer: () => void = () => undefined;
    const port = await slow(new Promise((resolve) => (answer = resolve)));
    const called = client([`http://127.0.0.1:${port}`]).call(call);
    setTimeout(answer, 11_000);
    expect((await called).body).toEqual({ done: true });
  }, 30_000);

  test('ends soon when its gateway does not answer anything', async () => {
    const port = await slow(new Promise(() => undefined), false);
    const { words, ms } = await failed(client([`http://127.0.0.1:${port}`]).call(call));
    expect(words).toContain('no answer within 10 s, nor to a simple question');
    expect(ms).toBeLessThan(15_000);
  }, 30_000);
});
