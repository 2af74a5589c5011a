import { MAX_PAYLOAD_BYTES, MAX_XML_BYTES } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { keepable, keepableRecord } from './kept-size.js';

const code = (act: () => unknown): unknown => {
  try {
    return act() ? 'kept' : 'nothing';
  } catch (thrown) {
    return (thrown as { readonly code: string }).code;
  }
};

test.each<[string, string, string]>([
  ['as much as there may be', 'x'.repeat(MAX_XML_BYTES), 'kept'],
  ['one byte more', 'x'.repeat(MAX_XML_BYTES + 1), 'payload_too_large'],
  ['as many characters, of two bytes each', 'ü'.repeat(MAX_XML_BYTES), 'payload_too_large'],
])('a definition of %s', (_, xml, expected) => expect(code(() => keepable(xml))).toBe(expected));

test.each<[string, string, string | undefined, string]>([
  ['one whose every byte is two in JSON', '\n'.repeat(MAX_XML_BYTES), undefined, 'kept'],
  ['two as they mostly are', 'x'.repeat(MAX_XML_BYTES), 'x'.repeat(MAX_XML_BYTES), 'kept'],
  ['two that are too much together', '\n'.repeat(MAX_XML_BYTES), 'x'.repeat(MAX_PAYLOAD_BYTES - 2 * MAX_XML_BYTES), 'payload_too_large'],
  ['one that could not be kept alone', 'x', 'x'.repeat(MAX_XML_BYTES + 1), 'payload_too_large'],
])('a record of %s', (_, xml, liveXml, expected) =>
  expect(code(() => keepableRecord({ xml, ...(liveXml === undefined ? {} : { liveXml }) }))).toBe(expected),
);
