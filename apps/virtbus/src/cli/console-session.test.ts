import { beforeEach, expect, test, vi } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';
import type { ConsoleLine, ConsoleQuestion } from './fleet.js';

/** A guest that echoes nothing and remembers what it was sent. */
class FakeConsole implements ConsoleLine {
  sent = '';
  closed = false;
  tell: (bytes: Uint8Array) => void = () => undefined;
  end: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  send(bytes: Uint8Array): void {
    this.sent += Buffer.from(bytes).toString('utf8');
  }
  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.tell = listener;
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

let line: FakeCommandLine;
let guest: FakeConsole;
let asked: ConsoleQuestion | undefined;

beforeEach(() => {
  line = new FakeCommandLine();
  guest = new FakeConsole();
  asked = undefined;
  line.surroundings.isTerminal = true;
  line.fleet.line = (question) => {
    asked = question;
    return guest;
  };
  line.fleet.state.domains.add(fakeDomain('<name>web</name>', { id: 3, state: 'running', reason: 'booted', hostId: 'host-a' }));
});

const OPENING = "Connected to domain 'web'\nEscape character is ^] (Ctrl + ])\n";
const typed = (text: string): void => line.surroundings.keys?.(Buffer.from(text));

async function talking(...words: string[]) {
  const ended = line.answer(...words);
  await vi.waitFor(() => expect(line.surroundings.keys).toBeDefined());
  return ended;
}

test('without a terminal there is no console', async () => {
  line.surroundings.isTerminal = false;
  expect(await line.answer('console', 'web')).toEqual({
    status: 1,
    out: '\n',
    err: 'error: Cannot run interactive console without a controlling TTY\n',
  });
});

test('a domain that is shut off has none', async () => {
  line.surroundings.environment['NO_COLOR'] = '1';
  line.fleet.state.destroyDomain('web');
  expect((await line.answer('console', 'web')).err).toBe('error: The domain is not running\n');
});

test('a console that is taken leaves the terminal alone', async () => {
  line.fleet.line = new FakeCommandLine().fleet.line;
  line.surroundings.environment['NO_COLOR'] = '1';
  expect(await line.answer('console', 'web')).toEqual({ status: 1, out: `${OPENING}\n`, err: 'error: operation failed: no console\n' });
  expect(line.surroundings.taken).toBe(0);
});

test('keys go to the guest until the escape key, what it writes comes to the terminal', async () => {
  const ended = talking('console', 'web');
  await vi.waitFor(() => expect(line.surroundings.keys).toBeDefined());
  guest.tell(Buffer.from('login: '));
  typed('root\u0003');
  typed('ls\u001d and this is lost');
  expect(await ended).toEqual({ status: 0, out: `${OPENING}login: \n`, err: '' });
  expect([guest.sent, guest.closed, line.surroundings.keys]).toEqual(['root\u0003ls', true, undefined]);
});

test.each([
  ['the guest ends it', () => guest.end()],
  ['a signal ends it', () => line.surroundings.interrupt()],
])('%s: the terminal is given back', async (_, end) => {
  const ended = talking('-q', 'console', 'web', '--devname', 'serial1', '--force');
  await vi.waitFor(() => expect(line.surroundings.keys).toBeDefined());
  end();
  expect(await ended).toEqual({ status: 0, out: '', err: '' });
  expect([guest.closed, line.surroundings.keys]).toEqual([true, undefined]);
  expect(asked).toEqual({ hostId: 'host-a', uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', device: 'serial1', force: true });
});

test('a line that cannot be closed gives the terminal back all the same', async () => {
  guest.close = async () => {
    throw new TypeError('connection lost');
  };
  const ended = line.run('console', 'web');
  await vi.waitFor(() => expect(line.surroundings.keys).toBeDefined());
  guest.end();
  await expect(ended).rejects.toThrow('connection lost');
  expect(line.surroundings.keys).toBeUndefined();
});

test('-e names another key', async () => {
  const ended = talking('-e', '^a', 'console', 'web');
  await vi.waitFor(() => expect(line.surroundings.keys).toBeDefined());
  typed('\u001d\u0001');
  expect((await ended).out).toBe("Connected to domain 'web'\nEscape character is ^a (Ctrl + a)\n\n");
  expect(guest.sent).toBe('\u001d');
});

test('start --console starts and then connects', async () => {
  line.fleet.state.destroyDomain('web');
  const ended = talking('start', 'web', '--console');
  await vi.waitFor(() => expect(line.surroundings.keys).toBeDefined());
  typed('\u001d');
  expect((await ended).out).toBe(`Domain 'web' started\n${OPENING}\n`);
});
