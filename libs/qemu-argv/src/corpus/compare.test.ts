import { expect, test } from 'vitest';
import { parseArgsFile } from './args-file.js';
import { firstDifference } from './compare.js';

const line = (...argv: string[]) => ({ environment: {}, program: '/usr/bin/qemu', argv });

test.each<[sentence: string, expected: string, actual: string]>([
  ['numbers of descriptors', '{"type":"tap","fd":"33","id":"n"}', '{"type":"tap","fd":"3","id":"n"}'],
  ['numbers of several descriptors', '{"fds":"3:4","vhostfds":"5:6"}', '{"fds":"7:8","vhostfds":"9:10"}'],
  ['numbers of descriptors in text', 'socket,id=charmonitor,fd=1729,server=on', 'socket,id=charmonitor,fd=5,server=on'],
  ['the order of keys', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
  ['where the domain keeps its files', '/tmp/lib/domain--1-g/vnc.sock', '/var/lib/libvirt/qemu/domain-7-g/vnc.sock'],
  ['the bytes of a secret', '{"id":"s","data":"AAAA","iv":"BBBB"}', '{"id":"s","data":"CCCC","iv":"DDDD"}'],
])('%s may differ', (_, expected, actual) => {
  expect(firstDifference(line('-x', expected), line('-x', actual))).toBeUndefined();
});

test.each<[sentence: string, expected: string[], actual: string[]]>([
  ['a property', ['-device', '{"driver":"a","addr":"0x2"}'], ['-device', '{"driver":"a","addr":"0x3"}']],
  ['an id', ['-netdev', '{"id":"hostnet0"}'], ['-netdev', '{"id":"hostnet1"}']],
  ['the order of options', ['-a', '-b'], ['-b', '-a']],
  ['a missing option', ['-a', '-b'], ['-a']],
  ['an option too many', ['-a'], ['-a', '-b']],
  ['the number of descriptors', ['-netdev', '{"fds":"3:4"}'], ['-netdev', '{"fd":"3"}']],
  ['a number past the precision of a double', ['-device', '{"wwn":5764824127192592813}'], ['-device', '{"wwn":5764824127192592814}']],
  ['the type of a value', ['-device', '{"unit":1}'], ['-device', '{"unit":"1"}']],
  ['the name of a secret', ['-object', '{"id":"s","data":"A"}'], ['-object', '{"id":"t","data":"A"}']],
])('%s is a difference', (_, expected, actual) => {
  expect(firstDifference(line(...expected), line(...actual))).toBeDefined();
});

test('the first difference names both sides, whole options at a time', () => {
  expect(firstDifference(line('-a', '-m', '1'), line('-a', '-m', '2'))).toEqual({ expected: '-m 1', actual: '-m 2' });
  expect(firstDifference(line('-a', '-b'), line('-a'))).toEqual({ expected: '-b', actual: undefined });
});

test('environment that the domain asks for counts, the rest does not', () => {
  const own = { ...line(), environment: { PATH: '/bin', HOME: '/a', TZ: 'Europe/Berlin' } };
  expect(firstDifference(own, { ...line(), environment: { PATH: '/usr/bin', TZ: 'Europe/Berlin' } })).toBeUndefined();
  expect(firstDifference(own, { ...line(), environment: {} })).toEqual({ expected: 'TZ=Europe/Berlin', actual: '/usr/bin/qemu' });
});

test.each<[sentence: string, text: string]>([
  ['an open quote', "/usr/bin/qemu -name 'a"],
  ['environment without a program', 'A=b'],
  ['nothing', ''],
])('%s is no command line', (_, text) => {
  expect(() => parseArgsFile(text)).toThrow();
});

test('a file is read as a shell would', () => {
  const text = "A='b c' \\\n/bin/q \\\n-name 'it'\\''s' \\\n-x \"a\\\"b\" \\\n-y a\\ b\n";
  expect(parseArgsFile(text)).toEqual({ environment: { A: 'b c' }, program: '/bin/q', argv: ['-name', "it's", '-x', 'a"b', '-y', 'a b'] });
});
