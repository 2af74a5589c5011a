import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fakeDomain } from './fake/fake-domains.js';
import { FakeFleet } from './fake/fake-fleet.js';
import { fakeNetwork } from './fake/fake-state.js';
import { FakeSurroundings } from './fake/fake-surroundings.js';
import { runCommandLine } from './run.js';

/**
 * The fixtures are transcripts of virsh 9.0.0 with our own inputs: `$` a command line, `|` a line of its standard output, `!` of
 * its standard error, `=` its exit status when that is not 0. The same command lines must give the same against the fake fleet.
 */
interface Exchange {
  readonly line: string;
  readonly answer: string;
}

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

const transcript = (name: string): Exchange[] =>
  fixture(name)
    .split(/^\$ /m)
    .slice(1)
    .map((text) => ({ line: text.slice(0, text.indexOf('\n')), answer: text.slice(text.indexOf('\n') + 1) }));

const words = (line: string): string[] => line.split(' ').map((word) => (word === "''" ? '' : word));
const marked = (mark: string, text: string): string => text.replace(/^(?=.|\n)/gm, mark).replace(new RegExp(`\\${mark}$`), '');

let fleet: FakeFleet;

async function answer(line: string): Promise<string> {
  const surroundings = new FakeSurroundings();
  for (const file of ['web.xml', 'dup.xml', 'lost.xml', 'lab.xml']) surroundings.files.set(file, fixture(file));
  surroundings.files.set('.', Object.assign(new Error('EISDIR'), { code: 'EISDIR' }));
  const status = await runCommandLine(words(line), surroundings, async () => fleet);
  // Where a domain runs is the fleet's own addition; virsh has no such line. So are hints.
  const out = surroundings.written.replace(/^Host: .*\n/m, '');
  const complaint = surroundings.complained.replace(/^(?!error: ).*\n/gm, '');
  return marked('|', out) + marked('!', complaint) + (status === 0 ? '' : `=${status}\n`);
}

process.env['TZ'] = 'UTC';

describe.each([
  ['misuse', 'virsh-misuse.txt', () => undefined],
  ['life of a domain and a network', 'virsh-life.txt', () => undefined],
  ['many domains', 'virsh-lists.txt', populate],
])('%s as virsh has it', (_, file, prepare) => {
  beforeAll(() => {
    fleet = new FakeFleet();
    prepare();
  });
  test.each(transcript(file))('$line', async ({ line, answer: expected }) => expect(await answer(line)).toBe(expected));
});

function populate(): void {
  const { state } = fleet;
  const lab = fixture('lab.xml');
  state.networks.add(Object.assign(fakeNetwork(lab), { active: true }));
  const air = lab.replace('<name>lab', '<name>Air').replace('81ff', '82ff');
  state.networks.add(Object.assign(fakeNetwork(air), { active: true, persistent: false }));
  state.networks.add(Object.assign(fakeNetwork(lab.replace('<name>lab', '<name>zed').replace('81ff', '83ff')), { autostart: true }));
  const running = { state: 'running', reason: 'booted', hostId: 'host-a' } as const;
  const domain = (index: number, name: string, changes: object) => {
    const xml = fixture('web.xml').replace('<name>web', `<name>${name}`).replace('c7a5fdbd', `c7a5fd0${index}`);
    state.domains.add(fakeDomain(xml.replace('front end', `title of ${name}`), changes));
  };
  domain(1, 'B', { ...running, id: 9 });
  domain(2, 'c', { ...running, id: 7, persistent: false });
  domain(3, 'b', { autostart: true });
  domain(4, 'a', { ...running, id: 8, state: 'paused', reason: 'user' });
  domain(5, 'ünïcödé-名前', {});
  const lease = { hostId: 'host-a', protocol: 'ipv4', prefix: 24 } as const;
  fleet.leases = [
    { ...lease, expiry: 1_895_251_781, mac: '52:54:00:12:34:56', address: '10.7.0.5', hostname: 'guest', clientId: 'ff:00:11' },
    { ...lease, expiry: 1_895_251_700, mac: '52:54:00:12:34:57', address: '10.7.0.6' },
  ];
}
