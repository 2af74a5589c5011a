import { expect, test } from 'vitest';
import { formatDomain, metadataOf, parseDomain, withMetadata, type MetadataEdit } from '../index.js';

const domain = parseDomain(`<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>`);
const herp = { kind: 'element', uri: 'http://herp/' } as const;
const set = (value: string, key: string | undefined = 'herp') => withMetadata(domain, { ...herp, value, key });

test('an element gets its namespace and loses it again, as virsh 9.0 shows it', () => {
  const changed = set(`<a><b x="1">t</b></a>`);
  expect(formatDomain(changed)).toContain(
    `  <metadata>\n    <herp:a xmlns:herp="http://herp/">\n      <herp:b x="1">t</herp:b>\n    </herp:a>\n  </metadata>\n`,
  );
  const kept = parseDomain(formatDomain(changed));
  expect(metadataOf(kept, herp)).toBe(`<a>\n  <b x="1">t</b>\n</a>`);
});

test('an element of the same namespace is replaced, others stay, the last one leaves <metadata> as libvirt does', () => {
  const two = withMetadata(set('<a/>'), { kind: 'element', uri: 'urn:x', key: 'x', value: '<y/>' });
  const replaced = withMetadata(two, { ...herp, value: '<c/>', key: 'h' });
  expect([metadataOf(replaced, herp), metadataOf(replaced, { kind: 'element', uri: 'urn:x' })]).toEqual(['<c/>', '<y/>']);
  const none = withMetadata(withMetadata(replaced, herp), { kind: 'element', uri: 'urn:x' });
  expect(formatDomain(none)).toContain('  <metadata/>\n');
  expect(formatDomain(withMetadata(domain, herp))).not.toContain('metadata');
});

test('title and description are set and taken away', () => {
  const titled = withMetadata(withMetadata(domain, { kind: 'title', value: 'Web' }), { kind: 'description', value: 'two\nlines' });
  expect([metadataOf(titled, { kind: 'title' }), metadataOf(titled, { kind: 'description' })]).toEqual(['Web', 'two\nlines']);
  expect(metadataOf(withMetadata(titled, { kind: 'title' }), { kind: 'title' })).toBeUndefined();
});

test.each<[string, MetadataEdit, string]>([
  ['a title of two lines', { kind: 'title', value: 'a\nb' }, "title can't contain newlines"],
  ['an element without a key', { ...herp, value: '<a/>' }, 'needs a key'],
  ['a key that is no prefix', { ...herp, value: '<a/>', key: 'a b' }, 'needs a key'],
  ['what is not well-formed', { ...herp, value: '<a>', key: 'h' }, 'metadata_xml'],
  ['a document type', { ...herp, value: '<!DOCTYPE a><a/>', key: 'h' }, 'metadata_xml'],
  ['two elements', { ...herp, value: '<a/><b/>', key: 'h' }, 'metadata_xml'],
])('%s is refused', (_, edit, words) => expect(() => withMetadata(domain, edit)).toThrow(words));
