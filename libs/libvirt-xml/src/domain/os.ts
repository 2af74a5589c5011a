import { attr, child, children, content, forTags } from '../model/field.js';
import { element, leaf, tagged, type ValueOf } from '../model/element.js';
import { filled, int, oneOf, text, uint, yesNo } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { storageSource, storageTypes } from '../shared/storage-source.js';

const type = element({
  arch: attr(filled),
  machine: attr(filled),
  value: content(oneOf('hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh'), {
    required: (at) => xmlError(at, 'an os <type> must be specified'),
    invalid: (given, at) => xmlError(at, `unknown OS type '${given}'`),
  }),
});

const loader = element(
  {
    readonly: attr(yesNo),
    secure: attr(yesNo),
    type: attr(oneOf('rom', 'pflash')),
    stateless: attr(yesNo),
    value: content(filled),
  },
  {
    emptyIsAbsent: true,
    refine: (value) => (value.value !== undefined && value.type === undefined ? { ...value, type: 'rom' as const } : value),
  },
);

const nvram = tagged('type', {
  template: attr(filled),
  type: attr(oneOf('path', ...storageTypes), {
    fallback: 'path',
    shown: ({ type: given }: { type: string }) => given !== 'path',
  }),
  value: forTags(['path'], content(filled)),
  source: storageSource,
});

const BOOT_TIMEOUT_MAX = 65535;

const bootmenu = element(
  {
    enable: attr(yesNo),
    timeout: attr(uint(), {
      invalid: (_, at) => unsupported(at, 'invalid value for boot menu timeout, must be in range [0,65535]'),
    }),
  },
  {
    emptyIsAbsent: true,
    refine: (value, at) => {
      const tooLong = (value.timeout ?? 0) > BOOT_TIMEOUT_MAX;
      if (tooLong) throw unsupported(at, 'invalid value for boot menu timeout, must be in range [0,65535]');
      if (value.enable) return value;
      return value.enable === undefined ? {} : { enable: false };
    },
  },
);

const bios = element(
  {
    useserial: attr(yesNo),
    rebootTimeout: attr(int(), { invalid: (_, at) => unsupported(at, 'invalid value for rebootTimeout, must be in range [-1,65535]') }),
  },
  {
    emptyIsAbsent: true,
    refine: (value, at) => {
      const { rebootTimeout = 0 } = value;
      if (rebootTimeout < -1 || rebootTimeout > BOOT_TIMEOUT_MAX)
        throw unsupported(at, 'invalid value for rebootTimeout, must be in range [-1,65535]');
      return value;
    },
  },
);

const firmware = element(
  {
    type: attr(oneOf('bios', 'efi')),
    feature: children(
      element({ enabled: attr(yesNo, { required: true }), name: attr(oneOf('enrolled-keys', 'secure-boot'), { required: true }) }),
    ),
  },
  { emptyIsAbsent: true },
);

const acpiTable = element({
  type: attr(oneOf('slic', 'raw', 'rawset'), {
    required: true,
    invalid: (given, at) => xmlError(at, `Unknown acpi table type: ${given}`),
  }),
  value: content(filled),
});

const boot = element({
  dev: attr(oneOf('fd', 'hd', 'cdrom', 'network'), {
    required: (at) => xmlError(at, "Missing required attribute 'dev' in element 'boot'"),
    invalid: (given, at) => xmlError(at, `Invalid value for attribute 'dev' in element 'boot': '${given}'.`, 5),
  }),
});

const smbios = element({
  mode: attr(oneOf('none', 'emulate', 'host', 'sysinfo'), {
    required: true,
    invalid: (given, at) => unsupported(at, `unknown smbios mode '${given}'`),
  }),
});

const fields = {
  firmware: attr(oneOf('bios', 'efi'), { invalid: (given, at) => xmlError(at, `unknown firmware value ${given}`) }),
  type: child(type, { required: (at) => xmlError(at, 'an os <type> must be specified') }),
  firmwareFeatures: child(firmware, { xml: 'firmware' }),
  loader: child(loader),
  nvram: child(nvram),
  kernel: child(leaf(filled)),
  initrd: child(leaf(filled)),
  cmdline: child(leaf(text)),
  dtb: child(leaf(filled)),
  root: child(leaf(filled)),
  acpi: child(element({ table: children(acpiTable) }, { emptyIsAbsent: true })),
  boot: children(boot),
  bootmenu: child(bootmenu),
  bios: child(bios),
  smbios: child(smbios),
};

/** What the guest boots from. */
export const os = element(fields);
export type OsDef = ValueOf<typeof os>;
