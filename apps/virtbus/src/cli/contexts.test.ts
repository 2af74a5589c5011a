import { beforeEach, describe, expect, test } from 'vitest';
import { connectFleet } from './connect-fleet.js';
import { contextsFile } from './contexts.js';
import { FakeCommandLine } from './fake/command-line.js';
import { gatewayAddress } from './gateway-address.js';
import { runCommandLine } from './run.js';

let line: FakeCommandLine;
const path = '/users/ann/.config/virtbus/contexts.json';
beforeEach(() => {
  line = new FakeCommandLine();
  line.surroundings.environment['HOME'] = '/users/ann';
});
const keep = (contexts: object, mode = 0o600): void => {
  line.surroundings.files.set(path, JSON.stringify(contexts));
  line.surroundings.modes.set(path, mode);
};

describe('contexts', () => {
  test('are set, listed, used, shown, left and forgotten, in a file that nobody else may read', async () => {
    const said = async (...words: string[]) => (await line.answer('-q', 'context', ...words)).out;
    await said('set', 'prod', 'https://prod:8480');
    await said('set', 'lab', 'unix:/run/lab.sock');
    expect(await said('show')).toBe('-\n');
    await said('use', 'lab');
    expect(await said('show')).toBe('lab\n');
    expect(await said('list')).toMatch(/prod +https:\/\/prod:8480\n \* +lab +unix:\/run\/lab\.sock/);
    await said('none');
    expect(await said('show')).toBe('-\n');
    await said('use', 'lab');
    await said('delete', 'lab');
    expect(JSON.parse(String(line.surroundings.files.get(path)))).toEqual({ contexts: { prod: { url: 'https://prod:8480' } } });
    expect(line.surroundings.modes.get(path)).toBe(0o600);
    expect(line.connections).toBe(0);
  });

  test.each<[string, readonly string[], string]>([
    ['no verb', [], "command 'context' requires <verb> option"],
    ['another verb', ['fly'], "'fly' is none of list, show, use, none, set, delete"],
    ['no name', ['use'], "command 'context use' requires <name> option"],
    ['a name that is not there', ['use', 'nope'], "there is no context 'nope'"],
    ['a name from the prototype', ['use', 'toString'], "there is no context 'toString'"],
    ['what is no gateway', ['set', 'x', 'nats://x'], "'nats://x' is no address of a gateway"],
    ['what is no URL', ['set', 'x', 'https://'], "'https://' is no address of a gateway"],
  ])('refuse %s', async (_, words, why) => {
    const { status, err } = await line.answer('context', ...words);
    expect([status, err]).toEqual([1, expect.stringContaining(why)]);
    expect(line.surroundings.files.size).toBe(0);
  });
});

describe('the file of contexts', () => {
  const token = { contexts: { prod: { url: 'https://prod', token: 'vbt_x' } }, current: 'prod' };
  /** A command that needs the fleet, with what really connects. */
  const listed = async (): Promise<string> => {
    Object.assign(line.surroundings, { written: '', complained: '' });
    const status = await runCommandLine(['list'], line.surroundings, connectFleet);
    return `${status} ${line.surroundings.complained}`;
  };

  test.each<[string, string | Error, string]>([
    ['cannot be opened', Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }), 'cannot be read: EACCES'],
    ['is no JSON', '{', 'cannot be read: '],
    ['is something else', '[]', 'holds no contexts: remove it, or mend it'],
    ['has a context without an address', '{"contexts":{"a":{}}}', 'holds no contexts'],
    ['names a context that is gone', '{"contexts":{},"current":"old"}', "the context 'old' is not there: 'virtbus context use NAME'"],
    ['has an address of nothing', '{"contexts":{"a":{"url":"ftp://x"}},"current":"a"}', "the context 'a' has no address of a gateway"],
  ])('that %s is said by its name, and nobody is connected to', async (_, content, why) => {
    line.surroundings.files.set(path, content);
    const said = await listed();
    expect(said).toContain('1 error: failed to connect to the fleet\nerror: ');
    expect(said).toContain(why);
  });

  test.each([0o640, 0o604, 0o666])('with a token, and mode %o, is refused', async (mode) => {
    keep(token, mode);
    expect(await listed()).toContain(`${path} holds tokens, and others than you may open it`);
  });

  test('without a token may be open', async () => {
    keep({ contexts: { a: { url: 'unix:/run/a' } } }, 0o644);
    expect((await line.answer('context', 'list')).status).toBe(0);
  });

  test('is where the environment says', () => {
    const at = (environment: Record<string, string>): string => contextsFile({ environment });
    expect(at({ VIRTBUS_CONTEXTS: '/x', HOME: '/h' })).toBe('/x');
    expect(at({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).toBe('/c/virtbus/contexts.json');
    expect(at({ HOME: '/h' })).toBe('/h/.config/virtbus/contexts.json');
  });
});

describe('which gateway', () => {
  const found = async (url?: string) => gatewayAddress(url, line.surroundings);
  beforeEach(() => keep({ contexts: { prod: { url: 'https://a, https://b', token: 'kept', caFile: '/ca.pem' } }, current: 'prod' }));

  test('an argument outranks the environment, and that the context; NATS outranks the context alone', async () => {
    line.surroundings.files.set('/ca.pem', 'PEM');
    expect(await found()).toEqual({ urls: ['https://a', 'https://b'], token: 'kept', ca: 'PEM', origin: "of the context 'prod'" });
    Object.assign(line.surroundings.environment, { VIRTBUS_NATS_URL: 'nats://x' });
    expect(await found()).toBeUndefined();
    Object.assign(line.surroundings.environment, { VIRTBUS_URL: 'unix:/s', VIRTBUS_TOKEN: 'given' });
    expect(await found()).toMatchObject({ urls: ['unix:/s'], token: 'given', origin: 'from VIRTBUS_URL' });
    expect(await found('http://c')).toMatchObject({ urls: ['http://c'], token: 'given', origin: 'given by --url' });
    expect(await found('nats://c')).toBeUndefined();
  });

  test('an address in the environment that is none is refused, not passed over', async () => {
    line.surroundings.environment['VIRTBUS_URL'] = 'prod.example';
    await expect(found()).rejects.toMatchObject({ code: 'fleet_unreachable', message: expect.stringContaining('not "prod.example"') });
  });

  test('certificates that cannot be read are named', async () =>
    expect(found()).rejects.toMatchObject({ message: expect.stringContaining('the certificates in /ca.pem cannot be read') }));
});
