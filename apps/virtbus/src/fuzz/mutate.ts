/** Documents made wrong on purpose, each from ones that are right. */
import type { Random } from './random.js';

type Mutation = (xml: string, random: Random, others: readonly string[]) => string;

const LONG = 200_000;
const DEEP = 400;
const CUT_MAX = 40;

const tokens = [
  "type='",
  "'",
  '<',
  '>',
  '/>',
  '</devices>',
  '<source',
  '&amp;',
  '&',
  '&unknown;',
  '&#0;',
  '\u0000',
  '\uD800',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<?xml?>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '%n%s',
];

const values = [
  '',
  '0',
  '-1',
  '1',
  '255',
  '65536',
  '4294967296',
  '18446744073709551616',
  '99999999999999999999',
  '0x10',
  '1e9',
  'NaN',
  'yes',
  'off',
  '../..',
  'a'.repeat(300),
];

const at = (xml: string, random: Random): number => random.below(xml.length + 1);

const inserted: Mutation = (xml, random) => {
  const where = at(xml, random);
  return xml.slice(0, where) + random.pick(tokens) + xml.slice(where);
};

const cut: Mutation = (xml, random) => {
  const where = at(xml, random);
  return xml.slice(0, where) + xml.slice(where + random.below(CUT_MAX));
};

const truncated: Mutation = (xml, random) => xml.slice(0, at(xml, random));

/** The value of one attribute is another, of the same or another document, or a number at some edge. */
const exchanged: Mutation = (xml, random, others) => {
  const theirs = [...random.pick(others).matchAll(/='([^']*)'/g)].map(([, value]) => value ?? '');
  const value = theirs.length > 0 && random.below(2) === 0 ? random.pick(theirs) : random.pick(values);
  return replaceOne(xml, /='[^']*'/g, `='${value}'`, random);
};

const retexted: Mutation = (xml, random) => replaceOne(xml, />[^<>]+</g, `>${random.pick(values)}<`, random);

const element = /<([\w:-]+)[^<>]*(?:\/>|>[^<>]*<\/\1>)/g;

/** An element without others inside, of this document or another, comes once more, here or there. */
const grafted: Mutation = (xml, random, others) => {
  const all = [...random.pick([xml, random.pick(others)]).matchAll(element)].map(([whole]) => whole);
  if (all.length === 0) return xml;
  const one = random.pick(all);
  return replaceOne(xml, element, random.below(2) === 0 ? one : `${one}${one}`, random);
};

const removed: Mutation = (xml, random) => replaceOne(xml, element, '', random);

const deepened: Mutation = (xml, random) => replaceOne(xml, element, `${'<a>'.repeat(DEEP)}${'</a>'.repeat(DEEP)}`, random);

const lengthened: Mutation = (xml, random) => replaceOne(xml, /='[^']*'/g, `='${'x'.repeat(random.below(LONG))}'`, random);

const crowded: Mutation = (xml, random) => {
  const all = [...xml.matchAll(element)].map(([whole]) => whole);
  return all.length === 0 ? xml : replaceOne(xml, element, random.pick(all).repeat(random.below(500)), random);
};

function replaceOne(xml: string, pattern: RegExp, replacement: string, random: Random): string {
  const found = [...xml.matchAll(pattern)];
  if (found.length === 0) return xml;
  const { index, 0: whole } = random.pick(found);
  return xml.slice(0, index) + replacement + xml.slice(index + whole.length);
}

/** Those that leave a document well-formed come more often: they get further. */
const mutations: readonly Mutation[] = [
  exchanged,
  exchanged,
  exchanged,
  exchanged,
  retexted,
  retexted,
  grafted,
  grafted,
  grafted,
  removed,
  inserted,
  cut,
  truncated,
  deepened,
  lengthened,
  crowded,
];

const MUTATIONS_MAX = 6;
/** Twice what is read at all: beyond it documents differ in nothing but the memory that they take here. */
const LENGTH_MAX = 2 * 1024 * 1024;

/** A document with one to six things changed. */
export function mutate(xml: string, random: Random, others: readonly string[]): string {
  let result = xml;
  for (let left = 1 + random.below(MUTATIONS_MAX); left > 0; left -= 1) {
    result = random.pick(mutations)(result, random, others).slice(0, LENGTH_MAX);
  }
  return result;
}
