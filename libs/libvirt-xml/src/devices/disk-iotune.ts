import { child, type Child } from '../model/field.js';
import { element, leaf } from '../model/element.js';
import { filled, ulong } from '../model/scalar.js';
import { xmlError, type Place } from '../model/place.js';

const limit = (xml: string): Child<number, 'maybe'> => child(leaf(ulong, { blank: [0] }), { xml });

const fields = {
  totalBytesSec: limit('total_bytes_sec'),
  readBytesSec: limit('read_bytes_sec'),
  writeBytesSec: limit('write_bytes_sec'),
  totalIopsSec: limit('total_iops_sec'),
  readIopsSec: limit('read_iops_sec'),
  writeIopsSec: limit('write_iops_sec'),
  totalBytesSecMax: limit('total_bytes_sec_max'),
  readBytesSecMax: limit('read_bytes_sec_max'),
  writeBytesSecMax: limit('write_bytes_sec_max'),
  totalIopsSecMax: limit('total_iops_sec_max'),
  readIopsSecMax: limit('read_iops_sec_max'),
  writeIopsSecMax: limit('write_iops_sec_max'),
  sizeIopsSec: limit('size_iops_sec'),
  groupName: child(leaf(filled), { xml: 'group_name' }),
  totalBytesSecMaxLength: limit('total_bytes_sec_max_length'),
  readBytesSecMaxLength: limit('read_bytes_sec_max_length'),
  writeBytesSecMaxLength: limit('write_bytes_sec_max_length'),
  totalIopsSecMaxLength: limit('total_iops_sec_max_length'),
  readIopsSecMaxLength: limit('read_iops_sec_max_length'),
  writeIopsSecMaxLength: limit('write_iops_sec_max_length'),
};

type Limits = { readonly [K in keyof typeof fields]?: number | string };

const pairs = ['BytesSec', 'IopsSec', 'BytesSecMax', 'IopsSecMax'] as const;

function checkPairs(value: Limits, at: Place): void {
  for (const pair of pairs) {
    const apart = value[`read${pair}`] ?? value[`write${pair}`];
    if (value[`total${pair}`] === undefined || apart === undefined) continue;
    const words = pair.replace('Sec', '_sec').replace('Max', '_max').toLowerCase();
    throw xmlError(at, `total and read/write ${words} cannot be set at the same time`);
  }
}

/** Limits of a disk's traffic: bytes or operations a second, bursts, and how many seconds a burst lasts. */
export const iotune = child(
  element(fields, {
    emptyIsAbsent: true,
    refine: (value, at) => {
      checkPairs(value, at);
      return value;
    },
  }),
);
