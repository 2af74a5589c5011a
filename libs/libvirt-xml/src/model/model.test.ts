/** The engine: what descriptions mean, shown on descriptions made for it. */
import { describe, expect, test } from 'vitest';
import { LibvirtError } from '../errors/libvirt-error.js';
import { parseXml } from '../syntax/parse-xml.js';
import { attr, byTag, child, children, content, forTags, inline, size } from './field.js';
import { element, flag, foreign, lazy, leaf, sized, tagged, type Element } from './element.js';
import { forbid } from './ban.js';
import { xmlError } from './place.js';
import { readElement, type Flavour } from './read.js';
import { anyBase, filled, hex, int, oneOf, onOff, positive, text, uint, yesNo, type Scalar } from './scalar.js';
import { writeDocument } from './write.js';

const read = <V>(spec: Element<V>, xml: string, flavour: Flavour = 'inactive'): V | undefined =>
  readElement(spec, parseXml(xml, 'doc'), { flavour, newUuid: undefined, newMac: undefined });

const write = <V>(spec: Element<V>, value: V, flavour: Flavour = 'inactive', secrets = true): string =>
  writeDocument(spec, 'a', value, { flavour, secrets });

function refusal(act: () => unknown): LibvirtError {
  try {
    act();
  } catch (error) {
    if (error instanceof LibvirtError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('scalars take and refuse', () => {
  test.each<[string, Scalar<unknown>, string, unknown]>([
    ['yes', yesNo, 'yes', true],
    ['no word but yes and no', yesNo, 'on', undefined],
    ['off', onOff, 'off', false],
    ['digits', uint(), '12', 12],
    ['leading blanks, as C does', uint(), ' 12', 12],
    ['no trailing blanks', uint(), '12 ', undefined],
    ['no minus', uint(), '-1', undefined],
    ['no hexadecimal where decimal is meant', uint(), '0x10', undefined],
    ['32 bits', uint(), '4294967295', 4294967295],
    ['no more than 32 bits', uint(), '4294967296', undefined],
    ['no zero where it has no meaning', positive, '0', undefined],
    ['a minus where it has a meaning', int(), '-1', -1],
    ['hexadecimal', hex(4), '0x1f', 31],
    ['octal, as C does', anyBase(), '010', 8],
    ['no octal nine', anyBase(), '09', undefined],
    ['one of its words', oneOf('a', 'b'), 'b', 'b'],
    ['no other word', oneOf('a', 'b'), 'B', undefined],
  ])('%s', (_, scalar, given, expected) => expect(scalar.read(given)).toBe(expected));

  test('a number is written with its digits', () => expect(hex(4).write(31)).toBe('0x001f'));
});

describe('refusals in libvirt’s usual words', () => {
  const spec = element({ n: attr(uint()), p: attr(positive), w: attr(oneOf('x')), r: attr(text, { required: true }) });
  test.each([
    ['a word that is none', "<e w='y' r=''/>", "XML error: Invalid value for attribute 'w' in element 'e': 'y'."],
    [
      'a number that is none',
      "<e n='y' r=''/>",
      "XML error: Invalid value for attribute 'n' in element 'e': 'y'. Expected non-negative integer value",
    ],
    ['a zero', "<e p='0' r=''/>", "XML error: Invalid value for attribute 'p' in element 'e': Zero is not permitted"],
    ['an attribute that must be there', '<e/>', "XML error: Missing required attribute 'r' in element 'e'"],
  ])('%s', (_, xml, message) => {
    const error = refusal(() => read(spec, xml));
    expect({ code: error.code, message: error.message }).toEqual({ code: 27, message });
  });

  test('the place is named', () => {
    const outer = element({ e: children(element({ n: attr(uint()) })) });
    const error = refusal(() => read(outer, "<o>\n<e/>\n<e n='x'/>\n</o>"));
    expect({ path: error.path, line: error.line }).toEqual({ path: '/o/e[2]/@n', line: 3 });
  });
});

test('attributes and content are written in the order of the description, whatever the order of the words', () => {
  const spec = element({ b: attr(text), d: child(flag), a: attr(text), c: child(leaf(text)) });
  expect(write(spec, read(spec, "<a a='1' b='2'><c>x</c><d/></a>")!)).toBe("<a b='2' a='1'>\n  <d/>\n  <c>x</c>\n</a>\n");
});

test('what the description does not know is ignored', () => {
  const spec = element({ a: attr(text) });
  expect(read(spec, "<e a='1' z='2'><y/>text</e>")).toEqual({ a: '1' });
});

test('only the first of several elements is looked at', () => {
  const spec = element({ c: child(leaf(text)) });
  expect(read(spec, '<e><c>1</c><c>2</c></e>')).toEqual({ c: '1' });
});

describe('defaults', () => {
  const spec = element({
    a: attr(oneOf('x', 'y'), { fallback: 'x' }),
    b: attr(uint(), { blank: [0] }),
    c: child(leaf(uint()), { fallback: 3 }),
  });
  test('an absent value is assumed', () => expect(read(spec, '<e/>')).toEqual({ a: 'x', c: 3 }));
  test('a value that says nothing is absent', () => expect(read(spec, "<e b='0'/>")).toEqual({ a: 'x', c: 3 }));
});

describe('unions', () => {
  const spec = tagged('type', {
    type: attr(oneOf('file', 'block', 'none'), { fallback: 'none' }),
    path: byTag({ file: attr(filled, { required: true }), block: attr(uint()) }),
    both: forTags(['file', 'block'], child(flag)),
  });
  test('a field means what the tag says', () => {
    expect(read(spec, "<e type='file' path='/x'/>")).toEqual({ type: 'file', path: '/x' });
    expect(read(spec, "<e type='block' path='7'><both/></e>")).toEqual({ type: 'block', path: 7, both: true });
  });
  test('a field of another tag is ignored', () => expect(read(spec, "<e path='/x'><both/></e>")).toEqual({ type: 'none' }));
  test('a field that one tag needs is not needed by others', () =>
    expect(refusal(() => read(spec, "<e type='file'/>")).message).toContain("'path'"));
});

describe('flavours', () => {
  const spec = element({
    id: attr(uint(), { live: true }),
    alias: child(leaf(text), { keep: (name) => name.startsWith('ua-') }),
    password: attr(text, { secret: true }),
  });
  const value = { id: 3, alias: 'net0', password: 'x' };
  test('a definition forgets what only a running domain has', () =>
    expect(read(spec, "<e id='3' password='x'><alias>net0</alias></e>")).toEqual({ password: 'x' }));
  test('a running domain keeps it', () => expect(read(spec, "<e id='3' password='x'><alias>net0</alias></e>", 'live')).toEqual(value));
  test('a definition does not write it either', () => expect(write(spec, value)).toBe("<a password='x'/>\n"));
  test('secrets are for those who may see them', () => expect(write(spec, value, 'inactive', false)).toBe('<a/>\n'));
});

describe('quantities', () => {
  const spec = sized({ unit: 'KiB' });
  test.each([
    ['the kept unit is the default', '<a>5</a>', 5],
    ['binary units', "<a unit='MiB'>2</a>", 2048],
    ['a letter is binary', "<a unit='g'>1</a>", 1048576],
    ['decimal units, rounded up', "<a unit='KB'>1</a>", 1],
    ['bytes, rounded up', "<a unit='b'>1025</a>", 2],
  ])('%s', (_, xml, expected) => expect(read(spec, xml)).toBe(expected));

  test.each([
    ['a unit that is none', "<a unit='parsec'>1</a>", 8],
    ['a number that is none', '<a>x</a>', 27],
    ['a negative number', '<a>-1</a>', 27],
    ['more than can be held', "<a unit='EiB'>999999</a>", 82],
  ])('%s is refused', (_, xml, code) => expect(refusal(() => read(spec, xml)).code).toBe(code));

  test('the largest unit without remainder, where libvirt does so', () => {
    const tidy = element({ value: size({ unit: 'KiB', style: 'largest' }) });
    expect(write(tidy, { value: 8192 })).toBe("<a unit='MiB'>8</a>\n");
    expect(write(tidy, { value: 8193 })).toBe("<a unit='KiB'>8193</a>\n");
  });
});

test('an element that says nothing can count as absent', () => {
  const spec = element({ inner: child(element({ x: attr(text), list: children(leaf(text)) }, { emptyIsAbsent: true })) });
  expect(read(spec, '<e><inner/></e>')).toEqual({});
  expect(write(spec, { inner: { list: [] } })).toBe('<a/>\n');
});

test('an element can be inside itself', () => {
  interface Layer {
    readonly n?: number;
    readonly layer?: Layer;
  }
  const layer: Element<Layer> = element({ n: attr(uint()), layer: child(lazy(() => layer)) });
  const xml = "<a n='1'>\n  <layer n='2'>\n    <layer/>\n  </layer>\n</a>\n";
  expect(write(layer, read(layer, xml)!)).toBe(xml);
});

test('part of an element can be a union of its own', () => {
  const inner = tagged('type', { type: attr(oneOf('p', 'q')), path: byTag({ p: child(leaf(text)) }), value: byTag({ q: content(text) }) });
  const spec = element({ model: attr(text), backend: inline(inner) });
  for (const xml of ["<a model='m' type='p'>\n  <path>x</path>\n</a>\n", "<a model='m' type='q'>y</a>\n"]) {
    expect(write(spec, read(spec, xml)!)).toBe(xml);
  }
});

describe('namespaces', () => {
  const ns = { prefix: 'q', uri: 'urn:q' };
  const spec = element({ args: child(element({ arg: children(leaf(text), { ns }) }), { ns }) });
  test('the address counts, not the prefix', () =>
    expect(read(spec, "<e><z:args xmlns:z='urn:q'><z:arg>1</z:arg><arg>2</arg></z:args></e>")).toEqual({ args: { arg: ['1'] } }));
  test('it is declared once, where it is used', () =>
    expect(write(spec, { args: { arg: ['1'] } })).toBe("<a xmlns:q='urn:q'>\n  <q:args>\n    <q:arg>1</q:arg>\n  </q:args>\n</a>\n"));
  test('it is not declared for nothing', () => expect(write(spec, {})).toBe('<a/>\n'));
});

describe('elements of others', () => {
  const spec = element({ metadata: child(foreign) });
  const keep = (xml: string) => write(spec, read(spec, xml)!);
  test('are kept as they are, laid out anew', () =>
    expect(keep("<a><metadata>  <x:y xmlns:x='urn:x' b='1'><x:z>t</x:z></x:y></metadata></a>")).toBe(
      '<a>\n  <metadata>\n    <x:y xmlns:x="urn:x" b="1">\n      <x:z>t</x:z>\n    </x:y>\n  </metadata>\n</a>\n',
    ));
  test('mixed text is not laid out', () =>
    expect(keep("<a><metadata><x:y xmlns:x='urn:x'> t <b/>\n</x:y></metadata></a>")).toContain('<x:y xmlns:x="urn:x"> t <b/>\n</x:y>'));
  test('what has no namespace goes, and a namespace stands once', () =>
    expect(keep("<a><metadata><n/><x:y xmlns:x='urn:x'/><x:z xmlns:x='urn:x'/></metadata></a>")).toBe(
      '<a>\n  <metadata>\n    <x:y xmlns:x="urn:x"/>\n  </metadata>\n</a>\n',
    ));
  test('a prefix that only an outer element declares is declared with them', () =>
    expect(keep("<a xmlns:x='urn:x'><metadata><x:y/></metadata></a>")).toContain('<metadata xmlns:x="urn:x">'));
});

test('text that XML gives a meaning is escaped, and line breaks in attributes survive', () => {
  const spec = element({ a: attr(text), t: child(leaf(text)) });
  const value = { a: `<>&'"\n\t`, t: `<>&'"\n` };
  expect(read(spec, write(spec, value))).toEqual(value);
});

test('a ban is a refusal at the element', () => {
  const spec = element(
    { n: attr(uint(), { fallback: 0 }) },
    {
      refine: (value, at) => {
        forbid([{ code: 'XML_ERROR', when: ({ n }) => n > 5, words: ({ n }) => `${n} is too much` }], value, at);
        return value;
      },
    },
  );
  expect(refusal(() => read(spec, "<e n='6'/>"))).toMatchObject({ code: 27, message: 'XML error: 6 is too much', path: '/e' });
  expect(read(spec, "<e n='5'/>")).toEqual({ n: 5 });
});

test('a refusal of one’s own takes the place of the usual words', () => {
  const spec = element({ n: attr(uint(), { invalid: (given, at) => xmlError(at, `no ${given} please`) }) });
  expect(refusal(() => read(spec, "<e n='x'/>")).message).toBe('XML error: no x please');
});
