import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '@virtbus/testing';
import { commands, examples, languages, run, shellCommand } from './example-programs.js';

let server: Awaited<ReturnType<typeof startChild>>;
let nc: NatsConnection;

beforeAll(async () => {
  server = await startChild();
  nc = await connect({ servers: server.url });
});
afterAll(async () => {
  await nc?.close();
  await server?.stop();
});

/** The answer of a stream that keeps commands, while nobody carries them out. */
const KEPT = JSON.stringify({ stream: 'VIRTBUS_COMMANDS', seq: 7 });
const NOT_KEPT = JSON.stringify({ error: { code: 503, description: 'maximum bytes exceeded' }, stream: 'VIRTBUS_COMMANDS', seq: 0 });
const NOBODY = 'nats://127.0.0.1:1';

type Example = [name: string, command: (url: string) => readonly string[], environment: Record<string, string>];
const exampleRows: Example[] = [
  ...languages.map((one): Example => [one, (url) => [...commands[one](url), '--timeout', '1', 'demo'], {}]),
  ['shell', (url) => shellCommand(url, 'demo'), { VIRTBUS_TIMEOUT: '1' }],
];

describe.each(exampleRows)('the %s example', (_, command, environment) => {
  const answered = async (answer: string) => {
    const stream = nc.subscribe('virtbus.v1.cmd.>', { callback: (__, message) => void message.respond(answer) });
    await nc.flush();
    const ended = await run(command(server.url), environment);
    stream.unsubscribe();
    return ended;
  };

  test('says that there is no server', async () => {
    const ended = await run(command(NOBODY), environment);
    expect([ended.status, ended.err]).toEqual([1, expect.stringMatching(/^error: .*(refused|no NATS server answers).*\n$/i)]);
  });

  test('says that there is no fleet', async () => {
    const ended = await run(command(server.url), environment);
    expect([ended.status, ended.err]).toEqual([1, 'error: nobody keeps commands here: is the fleet up?\n']);
  });

  test('says that its command was not kept', async () => {
    const ended = await answered(NOT_KEPT);
    expect([ended.status, ended.err]).toEqual([1, expect.stringMatching(/^error: the command was not kept: .*maximum bytes exceeded/)]);
  });

  test('says under which id its command goes on when no outcome comes', async () => {
    const ended = await answered(KEPT);
    const id = /start ([0-9a-f-]+)\n/.exec(ended.out)?.[1] ?? '?';
    expect(ended.out).toContain('kept     VIRTBUS_COMMANDS 7\n');
    expect([ended.status, ended.err]).toEqual([1, expect.stringMatching(/^error: .*no outcome.*\n$/)]);
    expect(ended.err).toContain(id);
  });
});

const helpRows: [string, readonly string[]][] = [
  ...languages.map((one): [string, readonly string[]] => [one, commands[one](NOBODY)]),
  ['shell', ['bash', `${examples}/shell/start-domain.sh`]],
];

test.each(helpRows)('the %s example says what it needs, and fails without it', async (_, command) => {
  const help = await run([...command, '--help']);
  expect([help.status, help.out, help.err]).toEqual([0, expect.stringContaining('usage: '), '']);
  expect((await run(command)).status).toBeGreaterThan(0);
});
