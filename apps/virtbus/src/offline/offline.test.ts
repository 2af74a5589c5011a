import { beforeEach, expect, test } from 'vitest';
import { Context } from '../cli/context.js';
import { defaultGlobals } from '../cli/core/global-options.js';
import { FakeCommandLine } from '../cli/fake/command-line.js';
import { convertFiles } from './convert-files.js';

const domain = (rest: string): string =>
  `<domain type='qemu'><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${rest}<memballoon model='none'/></devices></domain>`;

const WEB = domain("<controller type='usb' model='none'/>");
const BAD = domain("<disk type='file' device='cdrom'><source file='/i'/><target dev='hda' bus='virtio'/></disk>");
const LAB = '<network><name>lab</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1810</uuid></network>';

let line: FakeCommandLine;
let files: Map<string, string | Error>;
beforeEach(() => {
  line = new FakeCommandLine();
  ({ files } = line.surroundings);
  files.set('web.xml', WEB).set('bad.xml', BAD).set('a/lab.xml', LAB).set('other.xml', '<filter/>').set('broken.xml', '<domain>');
});

test.each<[sentence: string, words: string[], err: RegExp]>([
  ['a language that QEMU does not speak', ['domxml-to-native', 'xen-xm', '--xml', 'web.xml'], /unsupported config type xen-xm/],
  ['a kind that is none', ['format', 'toString', 'web.xml'], /'toString' is none of domain, network, networkport/],
  ['a file that is not there', ['format', 'domain', 'none.xml'], /Failed to open file 'none.xml': No such file/],
  [
    'a refused definition',
    ['domxml-to-native', 'qemu-argv', 'bad.xml'],
    /error: Failed to convert bad.xml\nerror: .*\(at \/domain\/devices\/disk/,
  ],
  ['a refused definition among others', ['format', 'network', 'a/lab.xml', 'web.xml'], /Failed to convert web.xml/],
  [
    'two files that would be one',
    ['format', 'network', 'a/lab.xml', 'lab.xml', '--out', 'd'],
    /two files would be written as 'lab.out.xml'/,
  ],
])('%s fails', async (_, words, err) => {
  const answer = await line.answer(...words);
  expect(answer).toMatchObject({ status: 1, out: '\n' });
  expect(answer.err).toMatch(err);
  expect(line.connections).toBe(0);
});

test('a directory that cannot be written to fails', async () => {
  Object.assign(line.surroundings, { writeFile: () => Promise.reject(new Error('no room')) });
  expect(await line.answer('format', 'domain', 'web.xml', '--out', 'd')).toMatchObject({
    status: 1,
    err: "error: Failed to write 'd/web.out.xml': no room\n",
  });
});

test('a mistake of the program is no refusal', async () => {
  const context = new Context('format', defaultGlobals, line.surroundings, () => Promise.reject(new Error('no fleet')));
  const convert = (): never => {
    throw new RangeError('a mistake');
  };
  const conversion = { files: ['web.xml'], out: 'd', ending: '.args', convert };
  await expect(convertFiles(context, conversion)).rejects.toThrow(RangeError);
});

test('the command line comes as a file of it would', async () => {
  const { status, out } = await line.answer('domxml-to-native', 'qemu-argv', '--xml', 'web.xml');
  expect(status).toBe(0);
  expect(out).toMatch(/^LC_ALL=C \\\n/);
  expect(out).toContain('\n-name guest=web,debug-threads=on \\\n');
});

test('what nobody has named gets a UUID and a MAC of its own', async () => {
  files.set('web.xml', domain("<interface type='user'/>").replace(/<uuid>.*<\/uuid>/, ''));
  const { out } = await line.answer('domxml-to-native', 'qemu-argv', '--xml', 'web.xml');
  expect(out).toMatch(/\n-uuid [0-9a-f]{8}-[0-9a-f-]{27} \\\n[^]*"mac":"52:54:00(?::[0-9a-f]{2}){3}"/);
});

test('XML comes back whole, as JSON too', async () => {
  const { out } = await line.answer('-q', 'format', 'network', 'a/lab.xml');
  expect(out).toMatch(/^<network>\n  <name>lab<\/name>\n[^]*<\/network>\n$/);
  expect(JSON.parse((await line.answer('format', 'network', 'a/lab.xml', '--json')).out)).toEqual([{ file: 'a/lab.xml', text: out }]);
});

test.each([
  ['pc', [], undefined],
  ['pc', ['--qemu'], 'qemu64'],
  ['q35', [], 'qemu64'],
])('a %s machine with %j has the processor %s', async (machine, words, model) => {
  files.set('web.xml', WEB.replace("'pc'", `'${machine}'`));
  const { out } = await line.answer('format', 'domain', 'web.xml', ...words);
  expect(/<model fallback='forbid'>(\w+)/.exec(out)?.[1]).toBe(model);
});

test('files with an answer each replace those of an earlier run', async () => {
  files.set('d/web.err', 'then').set('d/bad.args', 'then');
  const { status, out, err } = await line.answer(
    'domxml-to-native',
    'qemu-argv',
    '--xml',
    'web.xml',
    'bad.xml',
    'broken.xml',
    '--out',
    'd',
  );
  expect({ status, out, err }).toEqual({ status: 0, out: '1 of 3 files written to d, 2 refused\n\n', err: '' });
  expect([...files.keys()].filter((name) => name.startsWith('d/'))).toEqual(['d/web.args', 'd/bad.err', 'd/broken.err']);
  expect(files.get('d/bad.err')).toMatch(/^unsupported configuration: .* \(at \/domain\/devices\/disk[^)]*\)\n$/);
  expect(files.get('d/broken.err')).toMatch(/\(at line 1\)\n$/);
});

test('what validates is told apart from what does not', async () => {
  const { status, out, err } = await line.answer('validate', 'web.xml', 'a/lab.xml', 'bad.xml', 'other.xml');
  expect(status).toBe(1);
  expect(out).toBe('web.xml validates: domain web\na/lab.xml validates: network lab\n');
  expect(err).toMatch(/^error: bad.xml\nerror: .*\nerror: other.xml\nerror: .*<filter> is none of <domain>, <network>, <networkport>.*\n$/);
});

test('only what validates is success', async () => {
  expect(await line.answer('-q', 'validate', 'web.xml', 'a/lab.xml')).toEqual({ status: 0, out: '', err: '' });
  const { out } = await line.answer('validate', 'web.xml', 'bad.xml', '--json');
  expect(JSON.parse(out)).toMatchObject([
    { valid: true, file: 'web.xml', kind: 'domain', name: 'web' },
    { valid: false, file: 'bad.xml', error: { libvirt: 67, path: expect.stringMatching(/^\/domain\/devices\/disk/) } },
  ]);
});
