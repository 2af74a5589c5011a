import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth, printable } from './display-width.js';
import { escapeByte, splitAtEscape } from './escape-key.js';
import type { Happened } from './happened.js';
import { happenedWords, tellingsOf } from './happening-words.js';
import { reasonWords, stateWords } from './state-words.js';
import { editDistance, suggest } from './suggest.js';
import { formatTable } from './text-table.js';

test.each([
  ['', 0],
  ['web', 3],
  ['名前', 4],
  ['e\u0301', 1],
  ['ünïcödé', 7],
  ['한글', 4],
  ['\u{1f600}', 2],
])('%j takes %i columns', (text, width) => expect(displayWidth(text)).toBe(width));

test.each([
  ['plain', 'plain'],
  ['a\u001b[2J', 'a\\x1b[2J'],
  ['tab\tnewline\n', 'tab\\x09newline\\x0a'],
  ['\u009b', '\\xc2\\x9b'],
])('%j is printed as %j', (text, shown) => expect(printable(text)).toBe(shown));

const cells = fc.array(fc.tuple(fc.constantFrom('', 'a', '名前', 'long name'), fc.constantFrom('x', 'yy', '')), { maxLength: 4 });

test('in a table every column begins where its heading begins, whatever the rows hold', () =>
  fc.assert(
    fc.property(cells, fc.boolean(), (rows, bare) => {
      const [first = '', ...rest] = formatTable({ header: ['Name', 'State'], rows }, bare)
        .split('\n')
        .slice(0, -1);
      const body = bare ? [first, ...rest].slice(0, rows.length) : rest.slice(1);
      const nameWidth = Math.max(bare ? 0 : 4, ...rows.map(([name]) => displayWidth(name)));
      for (const [index, [name, state]] of rows.entries()) {
        expect(body[index]).toBe(` ${name}${' '.repeat(nameWidth - displayWidth(name))}   ${state}`);
      }
    }),
  ));

test.each([
  ['', '', 0],
  ['list', 'list', 0],
  ['lst', 'list', 1],
  ['strat', 'start', 1],
  ['abc', '', 3],
])('from %j to %j are %i changes', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test.each([
  ['strat', 'start'],
  ['shutdwon', 'shutdown'],
  ['net-lst', 'net-list'],
  ['fandango', undefined],
  ['x', undefined],
])('%j was meant as %j', (word, meant) => expect(suggest(word, ['list', 'start', 'shutdown', 'net-list', 'dominfo'])).toBe(meant));

describe('events', () => {
  const happened = { what: 'started', uuid: '', name: 'web', detail: 'booted', at: '2026-11-21T09:10:47.476Z' };
  const told = (one: Happened): string[] => tellingsOf(one).map((telling) => happenedWords(one, telling, false));
  test.each([
    ['defined', 'added', 'lifecycle', 'Defined Added'],
    ['defined', 'updated', 'lifecycle', 'Defined Updated'],
    ['undefined', 'removed', 'lifecycle', 'Undefined Removed'],
    ['started', 'booted', 'lifecycle', 'Started Booted'],
    ['suspended', 'paused', 'lifecycle', 'Suspended Paused'],
    ['resumed', 'unpaused', 'lifecycle', 'Resumed Unpaused'],
    ['shutdown', 'guest', 'lifecycle', 'Shutdown Finished after guest request'],
    ['shutdown', 'host', 'lifecycle', 'Shutdown Finished after host request'],
    ['stopped', 'destroyed', 'lifecycle', 'Stopped Destroyed'],
    ['stopped', 'failed', 'lifecycle', 'Stopped Failed'],
    ['crashed', 'panicked', 'lifecycle', 'Crashed Panicked'],
  ])('%s, %s', (what, detail, type, words) =>
    expect(told({ ...happened, what, detail })).toEqual([`event '${type}' for domain 'web': ${words}`]),
  );
  test('the reboot says nothing more, as in virsh', () =>
    expect(told({ ...happened, what: 'rebooted', detail: 'reset' })).toEqual(["event 'reboot' for domain 'web'"]));
  test('what no type covers is told in none', () =>
    expect(['teleported', 'toString', 'rxfilterchanged'].flatMap((what) => told({ ...happened, what }))).toEqual([]));
  test('what a guest says of itself sends a terminal no orders', () => {
    const bell = '\u0007';
    const end = { family: bell, address: bell, service: bell };
    const more = { device: bell, source: bell, reason: bell, uri: bell, authScheme: bell, local: end, remote: end, action: bell };
    const kinds = ['started', 'watchdog', 'ioerror', 'graphics', 'traychanged', 'metadatachanged', 'blockthreshold', 'memoryfailure'];
    const lines = kinds.flatMap((what) => told({ ...happened, what, detail: bell, more }));
    expect(lines.filter((line) => line.includes(bell))).toEqual([]);
    expect(lines.filter((line) => line.includes('\\x07'))).toHaveLength(9);
  });
});

test.each([
  ['^]', 0x1d],
  ['^a', 0x01],
  ['^A', 0x01],
  ['x', 0x78],
  ['^', 0x5e],
])('the key %s is byte %i', (key, byte) => expect(escapeByte(key)).toBe(byte));

test('keys are split at the escape key', () => {
  expect(splitAtEscape(Buffer.from('ab\u001dc'), 0x1d)).toEqual({ before: Buffer.from('ab'), escaped: true });
  expect(splitAtEscape(Buffer.from('ab'), 0x1d)).toEqual({ before: Buffer.from('ab'), escaped: false });
});

test('states and reasons are in words', () => {
  expect([stateWords('shutoff'), stateWords('shutdown'), stateWords('blocked')]).toEqual(['shut off', 'in shutdown', 'idle']);
  expect([reasonWords('booted'), reasonWords('ioerror'), reasonWords('starting-up')]).toEqual(['booted', 'I/O error', 'starting up']);
});
