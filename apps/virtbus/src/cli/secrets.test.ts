import { beforeEach, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';

const [first, second, unknown] = [
  '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031',
  '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f032',
  '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0ff',
];
const xml = (uuid: string, more = '', isPrivate = 'no'): string =>
  `<secret ephemeral='no' private='${isPrivate}'>\n  <uuid>${uuid}</uuid>\n${more}</secret>\n`;
const usage = "  <usage type='ceph'>\n    <name>disk</name>\n  </usage>\n";
let line: FakeCommandLine;

beforeEach(async () => {
  line = new FakeCommandLine();
  line.surroundings.files.set('secret.xml', xml(first, usage));
  line.surroundings.files.set('bare.xml', xml(second, '', 'yes'));
  line.surroundings.files.set('key', '\u0000key\u00ff');
  line.surroundings.files.set('key.b64', 'c2Vj\ncmV0\n');
  await line.run('secret-define', 'secret.xml');
  await line.run('secret-define', 'bare.xml');
  line.fleet.secrets.values.set(first, 'c2VjcmV0');
});

const rows = (...uuids: readonly string[]): string =>
  ` UUID                                   Usage\n---------------------------------------------------\n${uuids.map((each) => ` ${each}   ceph disk\n`).join('')}\n`;

test.each([
  [['secret-define', 'secret.xml'], `Secret ${first} created\n\n`],
  [['secret-list', '--no-private'], rows(first)],
  [
    ['secret-list', '--private'],
    ` UUID                                   Usage\n------------------------------------------------\n ${second}   Unused\n\n`,
  ],
  [['secret-list', '--ephemeral'], ' UUID   Usage\n---------------\n\n'],
  [['secret-dumpxml', first.toUpperCase()], `${xml(first, usage)}\n`],
  [['secret-get-value', first], 'c2VjcmV0\n'],
  [['secret-get-value', first, '--plain'], 'secret\n'],
  [['secret-undefine', first], `Secret ${first} deleted\n\n`],
])('%j prints what virsh prints', async (words, out) => expect(await line.answer(...words)).toEqual({ status: 0, out, err: '' }));

test('secret-list lists both when nothing, or the opposite too, is said', async () => {
  for (const flags of [[], ['--private', '--no-private'], ['--ephemeral', '--no-ephemeral']])
    expect(JSON.parse((await line.answer('secret-list', ...flags, '--json')).out)).toMatchObject([{ uuid: first }, { uuid: second }]);
});

test.each([
  [['--file', 'key', '--plain'], Buffer.from('\u0000key\u00ff', 'latin1').toString('base64'), ''],
  [['--file', 'key.b64'], 'c2VjcmV0', ''],
  [['bmV3'], 'bmV3', 'error: Passing secret value as command-line argument is insecure!\n'],
])('secret-set-value %j', async (words, value, err) => {
  expect(await line.answer('secret-set-value', first, ...words)).toEqual({ status: 0, out: 'Secret value set\n\n', err });
  expect(line.fleet.secrets.values.get(first)).toBe(value);
});

test.each([
  [['secret-dumpxml', unknown], `failed to get secret '${unknown}'\nerror: Secret not found: no secret with matching uuid '${unknown}'`],
  [['secret-dumpxml', 'nope'], "failed to get secret 'nope'\nerror: uuidstr in virSecretLookupByUUIDString must be a valid UUID"],
  [['secret-undefine', unknown], `failed to get secret '${unknown}'\nerror: Secret not found: no secret with matching uuid '${unknown}'`],
  [['secret-get-value', second], `Secret not found: secret '${second}' does not have a value`],
  [['secret-define', 'absent'], "Failed to open file 'absent': No such file or directory"],
  [['secret-define', 'key'], 'Failed to set attributes from key\nerror: XML error: missing uuid'],
  [['secret-set-value', first], 'Input secret value is missing'],
  [['secret-set-value', first, 'x', '--file', 'key'], 'Options --file and --base64 are mutually exclusive'],
  [['secret-set-value', first, 'x', '--plain'], 'Options --plain and --base64 are mutually exclusive'],
  [['secret-set-value', first, '--file', 'absent'], "Failed to open file 'absent'\nerror: 'absent'"],
])('%j is refused in virsh’s words', async (words, complaint) => {
  expect(await line.answer(...words)).toEqual({ status: 1, out: '\n', err: `error: ${complaint}\n` });
});

test('a file that is too large for a value is not read whole', async () => {
  line.surroundings.files.set('key', 'x'.repeat(90_000));
  const { err } = await line.answer('secret-set-value', first, '--file', 'key', '--plain');
  expect(err).toBe("error: Failed to read file 'key'\nerror: it holds more than 87384 bytes\n");
});
