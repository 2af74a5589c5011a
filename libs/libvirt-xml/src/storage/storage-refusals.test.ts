/** Pools, volumes and secrets that libvirt refuses, with its numbers and the element at fault. */
import { expect, test } from 'vitest';
import { parseSecret, parseStoragePool, parseStorageVolume } from '../documents.js';
import { LibvirtError } from '../errors/libvirt-error.js';

function refusalOf(act: () => unknown): { code: number; path: string | undefined } {
  try {
    act();
  } catch (error) {
    if (error instanceof LibvirtError) return { code: error.code, path: error.path };
    throw error;
  }
  throw new Error('nothing was refused');
}

test.each<[string, string, number, string]>([
  ['no type', '<pool><name>a</name></pool>', 27, '/pool'],
  ['a type that is none', "<pool type='x'><name>a</name></pool>", 27, '/pool/@type'],
  ['no name', "<pool type='dir'><target><path>/a</path></target></pool>", 27, '/pool'],
  ['a name that is a path', "<pool type='dir'><name>a/b</name><target><path>/a</path></target></pool>", 27, '/pool'],
  ['no UUID', "<pool type='dir'><name>a</name><uuid>x</uuid><target><path>/a</path></target></pool>", 27, '/pool/uuid'],
  ['no path', "<pool type='dir'><name>a</name></pool>", 27, '/pool'],
  [
    'a mode that is not octal',
    "<pool type='dir'><name>a</name><target><path>/a</path><permissions><mode>9</mode></permissions></target></pool>",
    27,
    '/pool/target/permissions/mode',
  ],
  ['no device', "<pool type='fs'><name>a</name><target><path>/a</path></target></pool>", 27, '/pool/source'],
  [
    'no host',
    "<pool type='netfs'><name>a</name><source><dir path='/e'/></source><target><path>/a</path></target></pool>",
    27,
    '/pool/source',
  ],
  [
    'no directory of the host',
    "<pool type='netfs'><name>a</name><source><host name='h'/></source><target><path>/a</path></target></pool>",
    27,
    '/pool/source',
  ],
  [
    'a format that is none',
    "<pool type='netfs'><name>a</name><source><host name='h'/><dir path='/e'/><format type='x'/></source><target><path>/a</path></target></pool>",
    67,
    '/pool/source/format/@type',
  ],
  ['no adapter', "<pool type='scsi'><name>a</name><source/><target><path>/a</path></target></pool>", 27, '/pool/source'],
  ['no pool of the cluster', "<pool type='rbd'><name>a</name></pool>", 27, '/pool/source'],
  ['another root', '<volume/>', 27, '/volume'],
])('a pool with %s is refused', (_, xml, code, path) => expect(refusalOf(() => parseStoragePool(xml))).toEqual({ code, path }));

test.each<[string, string, number, string]>([
  ['no name', '<volume><capacity>1</capacity></volume>', 27, '/volume'],
  ['a name that is a path', '<volume><name>../a</name><capacity>1</capacity></volume>', 55, '/volume'],
  ['no capacity', '<volume><name>a</name></volume>', 27, '/volume'],
  ['a capacity that is none', '<volume><name>a</name><capacity>x</capacity></volume>', 27, '/volume/capacity'],
  ['a unit that is none', "<volume><name>a</name><capacity unit='x'>1</capacity></volume>", 8, '/volume/capacity/@unit'],
  ['a type that is none', "<volume type='x'><name>a</name><capacity>1</capacity></volume>", 67, '/volume/@type'],
  [
    'a format that is none',
    "<volume><name>a</name><capacity>1</capacity><target><format type='x'/></target></volume>",
    67,
    '/volume/target/format/@type',
  ],
  [
    'a backing format that is none',
    "<volume><name>a</name><capacity>1</capacity><backingStore><path>/b</path><format type='x'/></backingStore></volume>",
    67,
    '/volume/backingStore/format/@type',
  ],
  [
    'a version that is none',
    '<volume><name>a</name><capacity>1</capacity><target><compat>2</compat></target></volume>',
    27,
    '/volume/target/compat',
  ],
  [
    'a feature that is none',
    '<volume><name>a</name><capacity>1</capacity><target><features><x/></features></target></volume>',
    67,
    '/volume/target/features/x',
  ],
])('a volume with %s is refused', (_, xml, code, path) => expect(refusalOf(() => parseStorageVolume(xml))).toEqual({ code, path }));

test.each<[string, string, number, string]>([
  ['a use that is none', "<secret><usage type='x'/></secret>", 67, '/secret/usage/@type'],
  ['no type of use', '<secret><usage/></secret>', 27, '/secret/usage'],
  ['no volume', "<secret><usage type='volume'/></secret>", 1, '/secret/usage'],
  ['no name', "<secret><usage type='ceph'/></secret>", 1, '/secret/usage'],
  ['no target', "<secret><usage type='iscsi'/></secret>", 1, '/secret/usage'],
  ['neither yes nor no', "<secret ephemeral='x'/>", 27, '/secret/@ephemeral'],
  ['no UUID', '<secret><uuid>x</uuid></secret>', 1, '/secret/uuid'],
])('a secret with %s is refused', (_, xml, code, path) => expect(refusalOf(() => parseSecret(xml))).toEqual({ code, path }));
