/**
 * What the first bytes of an image say of it. Read here, and not by QEMU: a header may have been written by a stranger, and a host has
 * many. Nothing that it names is opened.
 */

export interface ImageHeader {
  /** libvirt's word. What has no known header is `raw`. */
  readonly format: 'raw' | 'iso' | 'qcow' | 'qcow2' | 'qed' | 'vdi' | 'vmdk' | 'vpc';
  /** Bytes that a guest sees; absent: the size of the file. */
  readonly capacity?: number;
  readonly compat?: '0.10' | '1.1';
  /** Bytes. */
  readonly clusterSize?: number;
  readonly lazyRefcounts?: boolean;
  readonly extendedL2?: boolean;
  readonly backing?: { readonly path: string; readonly format?: string };
  /** The guest's bytes are in yet another file. */
  readonly hasDataFile?: boolean;
}

/** As many bytes of a file are enough for it: the label of an ISO image is at 32 KiB. */
export const HEADER_BYTES = 64 * 1024;

const SECTOR = 512n;

interface Magic {
  readonly at: number;
  readonly bytes: string;
  readonly read: (header: Buffer) => ImageHeader | undefined;
}

const sized =
  (format: ImageHeader['format'], capacity: (header: Buffer) => bigint) =>
  (header: Buffer): ImageHeader | undefined => {
    const bytes = Number(capacity(header));
    return Number.isSafeInteger(bytes) ? { format, capacity: bytes } : undefined;
  };

const magics: readonly Magic[] = [
  { at: 0, bytes: 'QFI\u00FB', read: qcow },
  { at: 0, bytes: 'QED\0', read: sized('qed', (header) => header.readBigUInt64LE(48)) },
  { at: 0, bytes: 'KDMV', read: sized('vmdk', (header) => header.readBigUInt64LE(12) * SECTOR) },
  { at: 0, bytes: 'conectix', read: sized('vpc', (header) => header.readBigUInt64BE(48)) },
  { at: 0x40, bytes: '\u007F\u0010\u00DA\u00BE', read: sized('vdi', (header) => header.readBigUInt64LE(0x170)) },
  { at: 0x8001, bytes: 'CD001', read: () => ({ format: 'iso' }) },
];

const raw: ImageHeader = { format: 'raw' };

/** @param header the first `HEADER_BYTES` of a file, or all of it. What is cut short or makes no sense is raw. */
export function readImageHeader(header: Buffer): ImageHeader {
  const magic = magics.find(({ at, bytes }) => header.subarray(at, at + bytes.length).equals(Buffer.from(bytes, 'latin1')));
  try {
    return magic?.read(header) ?? raw;
  } catch (error) {
    // Buffer's word for "behind the end".
    if (error instanceof RangeError) return raw;
    throw error;
  }
}

/** Bits of QEMU's docs/interop/qcow2.txt. */
const DATA_FILE = 4n;
const EXTENDED_L2 = 16n;
const LAZY_REFCOUNTS = 1n;

function qcow(header: Buffer): ImageHeader | undefined {
  const version = header.readUInt32BE(4);
  const capacity = Number(header.readBigUInt64BE(24));
  if (!Number.isSafeInteger(capacity)) return undefined;
  const backing = backingOf(header, version);
  const below = backing && { backing };
  if (version === 1) return { format: 'qcow', capacity, ...below };
  const clusterBits = header.readUInt32BE(20);
  if (version > 3 || clusterBits < 9 || clusterBits > 21) return undefined;
  const clusterSize = 2 ** clusterBits;
  if (version === 2) return { format: 'qcow2', capacity, compat: '0.10', clusterSize, ...below };
  return { format: 'qcow2', capacity, compat: '1.1', clusterSize, ...featuresOf(header), ...below };
}

function featuresOf(header: Buffer): Pick<ImageHeader, 'lazyRefcounts' | 'extendedL2' | 'hasDataFile'> {
  const [incompatible, compatible] = [header.readBigUInt64BE(72), header.readBigUInt64BE(80)];
  return {
    lazyRefcounts: (compatible & LAZY_REFCOUNTS) !== 0n,
    extendedL2: (incompatible & EXTENDED_L2) !== 0n,
    hasDataFile: (incompatible & DATA_FILE) !== 0n,
  };
}

function backingOf(header: Buffer, version: number): ImageHeader['backing'] {
  const at = Number(header.readBigUInt64BE(8));
  const length = header.readUInt32BE(16);
  if (at === 0) return undefined;
  // A name that lies further back than what was read is a name all the same: it must not pass for none.
  const path = at + length <= header.length && length > 0 ? header.toString('utf8', at, at + length) : '?';
  const format = version === 1 ? undefined : backingFormatOf(header, version);
  return { path, ...(format !== undefined && { format }) };
}

const BACKING_FORMAT = 0xe279_2aca;

/** Among the header's extensions: type, length, as many bytes, filled up to eight. Type 0 is the last. */
function backingFormatOf(header: Buffer, version: number): string | undefined {
  let at = version === 3 ? header.readUInt32BE(100) : 72;
  while (at + 8 <= header.length) {
    const type = header.readUInt32BE(at);
    const length = header.readUInt32BE(at + 4);
    if (type === 0) return undefined;
    if (type === BACKING_FORMAT) return header.toString('utf8', at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
