import { attr, child, byTag } from '../model/field.js';
import { element, flag, sized, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, onOff, uint, type Scalar } from '../model/scalar.js';
import { fault, xmlError, type Place } from '../model/place.js';
import { bootableDevice, virtioOptions } from '../shared/device-info.js';

const types = ['mount', 'block', 'file', 'template', 'ram', 'bind', 'volume'] as const;

const driver = child(
  element(
    {
      type: attr(oneOf('default', 'path', 'handle', 'loop', 'nbd', 'ploop', 'virtiofs', 'mtp'), { blank: ['default'] }),
      format: attr(filled),
      wrpolicy: attr(oneOf('default', 'immediate'), { blank: ['default'] }),
      queue: attr(uint(), { blank: [0] }),
      ...virtioOptions,
    },
    { emptyIsAbsent: true },
  ),
);

const binary = child(
  element(
    {
      path: attr(filled),
      xattr: attr(onOff),
      cache: child(element({ mode: attr(oneOf('none', 'always')) }, { emptyIsAbsent: true })),
      sandbox: child(element({ mode: attr(oneOf('namespace', 'chroot')) }, { emptyIsAbsent: true })),
      lock: child(element({ posix: attr(onOff), flock: attr(onOff) }, { emptyIsAbsent: true })),
      threadPool: child(element({ size: attr(uint(), { required: true }) }), { xml: 'thread_pool' }),
    },
    { emptyIsAbsent: true },
  ),
  { doc: 'The virtiofsd that serves the directory.' },
);

const missing = (at: Place) => xmlError(at, "missing 'source' for the file system");
const directory = child(element({ dir: attr(filled), socket: attr(filled) }, { emptyIsAbsent: true }));

const source = byTag({
  mount: directory,
  bind: child(element({ dir: attr(filled, { required: true }) }), { required: missing }),
  file: child(element({ file: attr(filled, { required: true }) }), { required: missing }),
  block: child(element({ dev: attr(filled, { required: true }) }), { required: missing }),
  template: child(element({ name: attr(filled, { required: true }) }), { required: missing }),
  ram: child(
    element({ usage: attr(uint({ max: Number.MAX_SAFE_INTEGER }), { required: true }), units: attr(filled, { fallback: 'KiB' }) }),
    { required: missing },
  ),
  volume: child(element({ pool: attr(filled, { required: true }), volume: attr(filled, { required: true }) }), { required: missing }),
});

/** File mode in octal. */
const octal: Scalar<number> = {
  label: 'octal file mode',
  read: (given) => (/^0?[0-7]{1,4}$/.test(given) ? parseInt(given, 8) : undefined),
  write: (value) => value.toString(8).padStart(4, '0'),
};

const mode = attr(octal, { invalid: (given, at) => xmlError(at, `invalid ${at.attribute ?? 'mode'}: '${given}'`) });

const fields = {
  type: attr(oneOf(...types), { fallback: 'mount' }),
  accessmode: attr(oneOf('passthrough', 'mapped', 'squash')),
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  multidevs: attr(oneOf('default', 'remap', 'forbid', 'warn'), { blank: ['default'] }),
  fmode: mode,
  dmode: mode,
  driver,
  binary,
  source,
  target: child(element({ dir: attr(filled, { required: (at) => xmlError(at, 'missing mount target dir') }) }), {
    required: (at) => fault(at, 'NO_TARGET', 'missing target information for the file system'),
  }),
  readonly: child(flag),
  ...bootableDevice,
  spaceHardLimit: child(sized({ unit: 'bytes' }), { xml: 'space_hard_limit' }),
  spaceSoftLimit: child(sized({ unit: 'bytes' }), { xml: 'space_soft_limit' }),
};

export type FilesystemDef = TaggedValue<typeof fields, 'type'>;
/** A directory of the host, or an image, as a file system of the guest. */
export const filesystem = tagged('type', fields, { refine: (value) => (value.driver?.type === 'virtiofs' ? served(value) : shown(value)) });

/** virtiofsd passes owners and modes through; there is nothing else it could do. One that runs already is not told. */
function served(value: FilesystemDef): FilesystemDef {
  if (value.accessmode !== undefined || (value.type === 'mount' && value.source?.socket !== undefined)) return value;
  return { ...value, accessmode: 'passthrough' };
}

/** Settings of virtiofsd mean nothing where QEMU itself serves the directory. */
function shown(value: FilesystemDef): FilesystemDef {
  const { binary: daemon, driver: given, ...kept } = value;
  if (!given) return daemon ? kept : value;
  const { queue, ...rest } = given;
  if (queue === undefined) return { ...kept, driver: given };
  return Object.keys(rest).length === 0 ? kept : { ...kept, driver: rest };
}
