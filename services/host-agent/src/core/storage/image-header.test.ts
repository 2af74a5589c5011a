import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HEADER_BYTES, readImageHeader, type ImageHeader } from './image-header.js';

/** Fields by their offset, in a file of zeros. */
function file(...fields: readonly (readonly [at: number, bytes: string | bigint | number])[]): Buffer {
  const buffer = Buffer.alloc(HEADER_BYTES);
  for (const [at, value] of fields) {
    if (typeof value === 'string') buffer.write(value, at, 'latin1');
    else if (typeof value === 'bigint') buffer.writeBigUInt64BE(value, at);
    else buffer.writeUInt32BE(value, at);
  }
  return buffer;
}

const magic = [0, 'QFI\u00FB'] as const;
const v3 = [magic, [4, 3], [20, 16], [24, 8_388_608n], [100, 104]] as const;
const plain = { format: 'qcow2', capacity: 8_388_608, compat: '1.1', clusterSize: 65_536 } as const;
const none = { lazyRefcounts: false, extendedL2: false, hasDataFile: false };

test.each<[string, Buffer, ImageHeader]>([
  ['zeros', file(), { format: 'raw' }],
  ['nothing', Buffer.alloc(0), { format: 'raw' }],
  ['text', Buffer.from('hello'), { format: 'raw' }],
  ['qcow2', file(...v3), { ...plain, ...none }],
  ['the older qcow2', file(magic, [4, 2], [20, 16], [24, 5n]), { format: 'qcow2', capacity: 5, compat: '0.10', clusterSize: 65_536 }],
  ['the first qcow', file(magic, [4, 1], [24, 5n]), { format: 'qcow', capacity: 5 }],
  ['its features', file(...v3, [72, 20n], [80, 1n]), { ...plain, lazyRefcounts: true, extendedL2: true, hasDataFile: true }],
  [
    'what lies below it',
    file(...v3, [104, 0xe279_2aca], [108, 5], [112, 'qcow2'], [8, 200n], [16, 6], [200, '/a.img']),
    { ...plain, ...none, backing: { path: '/a.img', format: 'qcow2' } },
  ],
  ['a name that lies out of sight', file(...v3, [8, 1_000_000n], [16, 6]), { ...plain, ...none, backing: { path: '?' } }],
  ['a name without an end', file(...v3, [8, 200n], [16, 0]), { ...plain, ...none, backing: { path: '?' } }],
  ['a version that is none', file(magic, [4, 9], [20, 16], [24, 5n]), { format: 'raw' }],
  ['clusters that are none', file(magic, [4, 3], [20, 99], [24, 5n]), { format: 'raw' }],
  ['a size that is none', file(magic, [4, 3], [20, 16], [24, 2n ** 63n]), { format: 'raw' }],
  ['a header cut short', file(...v3).subarray(0, 30), { format: 'raw' }],
  ['a CD', file([0x8001, 'CD001']), { format: 'iso' }],
  ['vpc', file([0, 'conectix'], [48, 7n]), { format: 'vpc', capacity: 7 }],
])('%s', (_, bytes, expected) => expect(readImageHeader(bytes)).toEqual(expected));

test('whatever a stranger has written, it is read', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      const { format } = readImageHeader(Buffer.concat([Buffer.from('QFI\u00FB', 'latin1'), tail]));
      expect(['raw', 'qcow', 'qcow2']).toContain(format);
    }),
  ));
