import { expect, test } from 'vitest';
import { defaultGlobals, parseOpening, withLateGlobals, type Opening } from './global-options.js';

const misuse = (message: string): Opening => ({ type: 'misuse', message });
const list = (globals: object, ...words: string[]): Opening => ({
  type: 'command',
  globals: { ...defaultGlobals, ...globals },
  command: 'list',
  words,
});

test.each<[string[], Opening]>([
  [['--bogus', 'list'], misuse("unsupported option '--bogus'. See --help.")],
  [['-qx'], misuse("unsupported option '-x'. See --help.")],
  [['--json=1'], misuse("unsupported option '--json=1'. See --help.")],
  [['--toString'], misuse("unsupported option '--toString'. See --help.")],
  [['-c'], misuse("option '-c'/'--connect' requires an argument")],
  [['--url'], misuse("option '-c'/'--connect' requires an argument")],
  [['--escape'], misuse("option '-e'/'--escape' requires an argument")],
  [['--wait', 'soon', 'list'], misuse("Numeric value 'soon' for <wait> option is malformed or out of range")],
  [['--connect-timeout=0', 'list'], misuse("Numeric value '0' for <connect-timeout> option is malformed or out of range")],
  [['--connect-timeout', '9', 'list'], list({ connectSeconds: 9 })],
  [['-e', '^^^', 'list'], misuse("'^^^' is no escape key: give one character, or ^ and a character")],
  [['-e', '', 'list'], misuse("'' is no escape key: give one character, or ^ and a character")],
  [['list'], list({})],
  [['--', 'list'], list({})],
  [['list', '-q'], list({}, '-q')],
  [['-q', 'list', '--all'], list({ quiet: true }, '--all')],
  [['-qcnats://a:1', 'list'], list({ quiet: true, url: 'nats://a:1' })],
  [['-c', 'nats://a:1', 'list'], list({ url: 'nats://a:1' })],
  [['--connect=nats://a:1?x=y', 'list'], list({ url: 'nats://a:1?x=y' })],
  [['--url', 'nats://a:1', '--json', '--wait=5', 'list'], list({ url: 'nats://a:1', json: true, waitSeconds: 5 })],
  [['-e', '^a', 'list'], list({ escape: '^a' })],
  [['-e', 'x', 'list'], list({ escape: 'x' })],
  [['-qh', 'list'], { type: 'help' }],
  [['-v'], { type: 'version' }],
  [[], { type: 'command', globals: defaultGlobals, command: undefined, words: [] }],
  [['-'], { type: 'command', globals: defaultGlobals, command: '-', words: [] }],
])('%j', (words, expected) => expect(parseOpening(words)).toEqual(expected));

test('what stands after the command outranks what stands before it', () => {
  const globals = { ...defaultGlobals, url: 'nats://a:1' };
  expect(withLateGlobals(globals, { url: 'nats://b:2', wait: 7, json: true })).toEqual({
    ...globals,
    url: 'nats://b:2',
    waitSeconds: 7,
    json: true,
  });
  expect(withLateGlobals({ ...globals, json: true }, { url: undefined, wait: undefined, json: false })).toEqual({ ...globals, json: true });
});
