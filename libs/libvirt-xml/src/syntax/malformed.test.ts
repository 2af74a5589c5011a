/** What is said of texts that are no XML, next to what Debian's libvirtd said of them (`npm run malformed-record`). */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LibvirtError } from '../errors/libvirt-error.js';
import { findFlaw } from './find-flaw.js';
import { parseXml } from './parse-xml.js';

interface Document {
  readonly name: string;
  readonly xml: string;
  readonly answer: string;
}

const documents = JSON.parse(readFileSync(new URL('../../fixtures/malformed.json', import.meta.url), 'utf8')) as readonly Document[];
const refused = documents.filter(({ answer }) => answer.startsWith('(domain_definition)'));

function saidOf(xml: string): string {
  try {
    parseXml(xml, 'domain_definition');
    return 'nothing';
  } catch (error) {
    if (error instanceof LibvirtError) return error.message;
    throw error;
  }
}

test.each(refused.map((document) => [document.name, document] as const))('%s', (_, { xml, answer }) => expect(saidOf(xml)).toBe(answer));

describe('a line that is longer than a terminal', () => {
  const contextOf = (xml: string): { readonly line: string; readonly arrow: string } => {
    const [, line = '', arrow = ''] = saidOf(xml).split('\n');
    return { line, arrow };
  };

  test('is shown up to its 80th column when the fault is there', () => {
    const { line, arrow } = contextOf(`<a></b>${'z'.repeat(500)}`);
    expect([line, arrow]).toEqual([`<a></b>${'z'.repeat(73)}`, '-------^']);
  });

  test('is shown before the fault when that is further', () => {
    const { line, arrow } = contextOf(`<a>${'z'.repeat(500)}</b>${'y'.repeat(500)}`);
    expect([line, arrow]).toEqual([`${'z'.repeat(75)}</b>y`, `${'-'.repeat(79)}^`]);
  });

  test('is not cut through a character', () => {
    const { line, arrow } = contextOf(`<a>${'😀'.repeat(100)}</b>`);
    expect(line).not.toMatch(/\p{Surrogate}/u);
    expect(arrow).toMatch(/^-+\^$/);
  });

  test.each([
    `<${'n'.repeat(500)}>`,
    `<a>&${'n'.repeat(500)};</a>`,
    `<a ${'n'.repeat(500)}>`,
    `<a><!--${'n'.repeat(500)}--${'n'.repeat(500)}`,
    `<a><![CDATA[${'n'.repeat(500)}`,
    `<a><?${'n'.repeat(500)}`,
    `<a>${'\t'.repeat(500)}<`,
  ])('says no more than its part: %#', (xml) => expect(saidOf(xml).length).toBeLessThan(400));
});

test('a document type is refused before anything of it is read, with its place', () =>
  expect(saidOf('<!-- a -->\n<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')).toBe(
    '(domain_definition):2: a document type is not accepted\n<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>\n^',
  ));

const sound = readFileSync(new URL('../../fixtures/domain/audio-pulseaudio.out.xml', import.meta.url), 'utf8');

test('no fault is found with what is XML', () => expect(findFlaw(sound)).toBeUndefined());

test('of what breaks off anywhere the fault is found', () => {
  for (let end = 0; end < sound.trimEnd().length; end += 1) {
    const xml = sound.slice(0, end);
    expect([xml, findFlaw(xml)?.reason]).toEqual([xml, expect.any(String)]);
    expect(saidOf(xml)).toMatch(/^\(domain_definition\):\d+: [^]+\n[^]*\n[-\t]*\^$/);
  }
});

test('whatever is put into a text, it is read or refused with its place', () =>
  fc.assert(
    fc.property(fc.nat(sound.length), fc.constantFrom(...'<>&\'"=/!?-[]\u0001\uFFFE\uD800ä\r\n; '), fc.nat(3), (at, what, length) => {
      const said = saidOf(sound.slice(0, at) + what + sound.slice(at + length));
      expect(said === 'nothing' || /\n[-\t]*\^$/.test(said)).toBe(true);
    }),
  ));
