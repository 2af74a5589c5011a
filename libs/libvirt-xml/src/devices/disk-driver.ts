import { attr, child } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf, onOff, uint } from '../model/scalar.js';
import { unsupported } from '../model/place.js';
import { virtioOptions } from '../shared/device-info.js';
import { metadataCache } from '../shared/storage-source.js';

export const imageFormats = [
  'raw',
  'dir',
  'bochs',
  'cloop',
  'dmg',
  'iso',
  'vpc',
  'vdi',
  'fat',
  'vhd',
  'ploop',
  'cow',
  'qcow',
  'qcow2',
  'qed',
  'vmdk',
] as const;

const policy = oneOf('stop', 'report', 'ignore', 'enospace');

/** How QEMU reads and writes a disk. */
export const diskDriver = child(
  element(
    {
      name: attr(filled),
      type: attr(oneOf(...imageFormats), {
        doc: 'Format of the image; never guessed.',
        invalid: (given, at) => unsupported(at, `unknown driver format value '${given}'`),
      }),
      cache: attr(oneOf('default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe'), { blank: ['default'] }),
      errorPolicy: attr(policy, { xml: 'error_policy' }),
      rerrorPolicy: attr(oneOf('stop', 'report', 'ignore'), {
        xml: 'rerror_policy',
        invalid: (given, at) => unsupported(at, `Invalid disk read error policy: '${given}'`),
      }),
      io: attr(oneOf('native', 'threads', 'io_uring')),
      ioeventfd: attr(onOff),
      eventIdx: attr(onOff, { xml: 'event_idx' }),
      copyOnRead: attr(onOff, { xml: 'copy_on_read' }),
      discard: attr(oneOf('unmap', 'ignore')),
      iothread: attr(uint({ min: 1 })),
      detectZeroes: attr(oneOf('off', 'on', 'unmap'), { xml: 'detect_zeroes' }),
      queues: attr(uint(), { blank: [0] }),
      queueSize: attr(uint(), { xml: 'queue_size', blank: [0] }),
      ...virtioOptions,
      metadataCache,
    },
    { emptyIsAbsent: true },
  ),
);
