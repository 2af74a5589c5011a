import { describe, expect, test } from 'vitest';
import { LibvirtError } from '../errors/libvirt-error.js';
import { xmlLimits } from './limits.js';
import { parseXml } from './parse-xml.js';
import { isElement, namespaceOf, pathOf, textOf, type XmlElement } from './xml-node.js';

const small = { bytes: 1000, depth: 3, nodes: 8, attributes: 2, attributeLength: 5 };

function refusalOf(read: () => unknown): LibvirtError {
  try {
    read();
  } catch (error) {
    if (error instanceof LibvirtError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what is no XML is refused with code 35', () => {
  test.each([
    ['nothing', ''],
    ['text without an element', 'abc'],
    ['an element without its end', '<a>'],
    ['ends that cross', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['an attribute twice', "<a b='1' b='2'/>"],
    ['an attribute without quotes', '<a b=1/>'],
    ['an ampersand alone', '<a>&</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a reference to a control character', '<a>&#1;</a>'],
    ['half a surrogate pair', '<a>\ud800</a>'],
    ['a less-than in an attribute', "<a b='<'/>"],
  ])('%s', (_, text) => expect(refusalOf(() => parseXml(text, 'doc')).code).toBe(35));
});

describe('document types and entities', () => {
  test.each([
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity of its own', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['an entity that nothing declares', '<a>&nbsp;</a>'],
  ])('%s is refused', (_, text) => expect(refusalOf(() => parseXml(text, 'doc')).code).toBe(35));

  test('the five entities and character references are read', () =>
    expect(textOf(parseXml('<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x42;</a>', 'doc'))).toBe('<>&\'"AB'));
});

describe('limits', () => {
  test.each([
    ['size in bytes, not characters', `<a>${'é'.repeat(500)}</a>`],
    ['depth', '<a><b><c><d/></c></b></a>'],
    ['nodes', `<a>${'<b/>'.repeat(8)}</a>`],
    ['attributes of an element', "<a b='1' c='2' d='3'/>"],
    ['length of an attribute', "<a b='123456'/>"],
  ])('%s', (_, text) => expect(refusalOf(() => parseXml(text, 'doc', small)).message).toMatch(/\d/));

  test.each([
    ['depth', '<a><b><c/></b></a>'],
    ['nodes', `<a>${'<b/>'.repeat(7)}</a>`],
    ['attributes of an element', "<a b='1' c='2'/>"],
    ['length of an attribute', "<a b='12345'/>"],
  ])('%s up to the limit is taken', (_, text) => expect(parseXml(text, 'doc', small).name).toBe('a'));

  test('a document over the size limit is refused before it is read', () => {
    const text = `<!DOCTYPE ${'x'.repeat(xmlLimits.bytes)}`;
    expect(refusalOf(() => parseXml(text, 'doc')).message).toContain('larger than');
  });
});

test('a refusal says where', () => {
  const { line, column, domain } = refusalOf(() => parseXml("<a>\n  <b c='1' c='2'/>\n</a>", 'doc'));
  expect({ line, column, domain }).toEqual({ line: 2, column: 17, domain: 5 });
});

test('a byte order mark, an XML declaration, comments and instructions may stand around the root', () => {
  const root = parseXml('\uFEFF<?xml version="1.0" encoding="utf-8"?><!-- c --><?x y?><a/>', 'doc');
  expect(root.name).toBe('a');
});

test('a path counts only where several share the name', () => {
  const root = parseXml('<a><b/><c><d/></c><c/></a>', 'doc');
  const paths: string[] = [];
  const walk = (element: XmlElement): void => {
    paths.push(pathOf(element));
    element.children.filter(isElement).forEach(walk);
  };
  walk(root);
  expect(paths).toEqual(['/a', '/a/b', '/a/c[1]', '/a/c[1]/d', '/a/c[2]']);
});

test('a prefix means what the nearest declaration says', () => {
  const root = parseXml("<a xmlns:p='one'><p:b xmlns:p='two'/></a>", 'doc');
  const inner = root.children.find(isElement)!;
  expect([namespaceOf(root, 'p'), namespaceOf(inner, 'p'), namespaceOf(root, 'q')]).toEqual(['one', 'two', undefined]);
});

test('names that objects have by themselves are only names', () =>
  expect(parseXml("<constructor __proto__='x'/>", 'doc').attributes.get('__proto__')).toBe('x'));
