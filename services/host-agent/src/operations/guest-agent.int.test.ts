import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import type { DomainEntry } from '../core/domain-entry.js';
import type { LiveGuest } from '../live-guest.js';
import { GuestAgents } from './guest-agent.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const channel = `<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel0'/></channel>`;
let listening = true;
let tell: (event: string) => void = () => undefined;
const monitor = {
  execute: async () => [
    { label: 'charserial0', filename: '', 'frontend-open': true },
    { label: 'charchannel0', filename: '', 'frontend-open': listening },
  ],
  onEvent(listener: (event: { readonly event: string }) => void) {
    tell = (event) => listener({ event });
    return () => void (tell = () => undefined);
  },
} as unknown as LiveGuest['monitor'];
const guestWith = (devices: string): LiveGuest =>
  ({
    monitor,
    entry: {
      uuid,
      xml: `<domain type='qemu'><name>a</name><memory>65536</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`,
    } as DomainEntry,
  }) as LiveGuest;

let directory: string;
let agents: GuestAgents;
let server: Server | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agent-'));
  agents = new GuestAgents(() => ({ directory }));
  listening = true;
});
afterEach(async () => {
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

type Asked = { readonly execute: string; readonly arguments?: { readonly id?: number } };

/** An agent that gives numbers back and leaves the rest to the test. */
async function agent(answer: (asked: Asked, socket: Socket) => void): Promise<void> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const line of bytes.toString('latin1').replaceAll('\u00ff', '').split('\n').filter(Boolean)) {
        const asked = JSON.parse(line) as Asked;
        if (asked.execute === 'guest-sync-delimited') {
          // What a former client has left unread comes first.
          socket.write('{"return": "old news"}\n');
          socket.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(`{"return": ${asked.arguments?.id}}\n`)]));
        } else answer(asked, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(join(directory, 'org.qemu.guest_agent.0'), resolve));
}

const ask = (command: string, timeoutSeconds = 5) => agents.ask(guestWith(channel), { command, timeoutSeconds });
const refusal = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? [thrown.code, thrown.libvirt] : thrown),
  );

test('an answer is passed on as it came, and never an older one', async () => {
  await agent((_, socket) => socket.write('{"return": {"hostname": "alpha"}}\n'));
  expect(await ask('{"execute":"guest-get-host-name"}')).toBe('{"return": {"hostname": "alpha"}}');
});

test('questions wait for each other', async () => {
  let open = 0;
  await agent((_, socket) => {
    open += 1;
    const now = open;
    setTimeout(() => {
      socket.write(`{"return": ${now}}\n`);
      open -= 1;
    }, 20);
  });
  const answers = await Promise.all([1, 2, 3].map(() => ask('{"execute":"guest-ping"}')));
  expect(answers).toEqual(['{"return": 1}', '{"return": 1}', '{"return": 1}']);
});

test('an error of the agent is an answer, and a refusal where the answer is used', async () => {
  await agent((_, socket) => socket.write('{"error": {"class": "CommandNotFound", "desc": "no such command"}}\n'));
  expect(await ask('{"execute":"nope"}')).toContain('CommandNotFound');
  await expect(agents.call(guestWith(channel), 'guest-set-time')).rejects.toThrow(
    "unable to execute QEMU agent command 'guest-set-time': no such command",
  );
});

describe('a guest that is to go down', () => {
  const powerOff = () => agents.powerOff(guestWith(channel), 'powerdown');

  test('has gone when its agent says so', async () => {
    let asked: unknown;
    await agent((question, socket) => {
      asked = question;
      socket.write('{"return": {}}\n');
    });
    await powerOff();
    expect(asked).toEqual({ execute: 'guest-shutdown', arguments: { mode: 'powerdown' } });
  });

  test.each(['SHUTDOWN', 'RESET'])('has gone when QEMU tells %s, though its agent never answers', async (event) => {
    await agent(() => tell(event));
    await powerOff();
  });

  test('has not when something else is told before the agent refuses', async () => {
    await agent((_, socket) => {
      tell('STOP');
      socket.write('{"error": {"class": "GenericError", "desc": "not today"}}\n');
    });
    await expect(powerOff()).rejects.toThrow("internal error: unable to execute QEMU agent command 'guest-shutdown': not today");
  });

  test('is not asked while nobody in it listens', async () => {
    listening = false;
    let asked = 0;
    await agent(() => void (asked += 1));
    await expect(powerOff()).rejects.toMatchObject({
      libvirt: 86,
      message: 'Guest agent is not responding: QEMU guest agent is not connected',
    });
    expect(asked).toBe(0);
  });
});

test('a guest that is silent, verbose or gone is not waited for', async () => {
  await agent((_, socket) => socket.write('x'.repeat(3 * 1024 * 1024)));
  expect(await refusal(ask('{"execute":"guest-ping"}'))).toEqual(['agent_unresponsive', 86]);
  server?.close();
  await rm(join(directory, 'org.qemu.guest_agent.0'), { force: true });
  await agent(() => undefined);
  expect(await refusal(ask('{"execute":"guest-ping"}', 1))).toEqual(['agent_unresponsive', 86]);
  server?.close();
  await rm(join(directory, 'org.qemu.guest_agent.0'), { force: true });
  expect(await refusal(ask('{"execute":"guest-ping"}'))).toEqual(['agent_unresponsive', 86]);
});

test.each<[string, LiveGuest, string, [string, number]]>([
  ['a domain without the channel', guestWith(''), '{"execute":"guest-ping"}', ['operation_unsupported', 74]],
  ['what is not JSON', guestWith(channel), 'guest-ping', ['invalid_argument', 8]],
  ['what asks nothing', guestWith(channel), '{}', ['invalid_argument', 8]],
])('%s is refused', async (_, guest, command, expected) => {
  expect(await refusal(Promise.resolve().then(() => agents.ask(guest, { command })))).toEqual(expected);
});

describe('a guest that is put to sleep', () => {
  const putToSleep = (target: 'mem' | 'disk' | 'hybrid' = 'mem') => agents.putToSleep(guestWith(channel), target);

  test.each([
    ['mem', 'guest-suspend-ram', 'SUSPEND'],
    ['disk', 'guest-suspend-disk', 'SUSPEND_DISK'],
    ['hybrid', 'guest-suspend-hybrid', 'SUSPEND'],
  ] as const)('%s: %s is asked, and %s is the answer', async (target, command, event) => {
    const asked: string[] = [];
    await agent(({ execute }) => {
      asked.push(execute);
      tell(event);
    });
    await putToSleep(target);
    expect(asked).toEqual([command]);
  });

  test('and cannot sleep says so', async () => {
    await agent((_, socket) => socket.write('{"error": {"class": "GenericError", "desc": "no way to sleep"}}\n'));
    await expect(putToSleep()).rejects.toThrow("unable to execute QEMU agent command 'guest-suspend-ram': no way to sleep");
  });
});
