/** Which firmware settings go together. */
import { isQ35 } from '../assign/machine.js';
import type { DomainDef } from '../domain/domain.js';
import { banned, type Ban, type Rule } from './rule.js';

const MIB = 1024;
const code = 'XML_DETAIL';
const automatic = ({ os }: DomainDef): boolean => os.firmware !== undefined;
const enabled = ({ os }: DomainDef, name: string): boolean | undefined =>
  os.firmwareFeatures?.feature.find((one) => one.name === name)?.enabled;
const isUefi = ({ os }: DomainDef): boolean => os.firmware === 'efi' || os.loader?.type === 'pflash';
const isArm = ({ os }: DomainDef): boolean => os.type.arch === 'aarch64' || os.type.arch === 'armv7l';
const tseg = ({ features }: DomainDef): number => features?.smm?.tseg ?? 0;

const bans: readonly Ban<DomainDef>[] = [
  {
    at: 'os/firmware',
    code,
    when: (def) => !automatic(def) && def.os.firmwareFeatures !== undefined,
    words: 'cannot use feature-based firmware autoselection when firmware autoselection is disabled',
  },
  {
    at: 'os/loader',
    code,
    when: (def) => automatic(def) && def.os.loader?.readonly !== undefined,
    words: "loader attribute 'readonly' cannot be specified when firmware autoselection is enabled",
  },
  {
    at: 'os/loader',
    code,
    when: (def) => automatic(def) && def.os.loader?.type !== undefined,
    words: "loader attribute 'type' cannot be specified when firmware autoselection is enabled",
  },
  {
    at: 'os/nvram',
    code,
    when: ({ os }) => os.firmware === 'bios' && os.nvram !== undefined,
    words: "firmware type 'bios' does not support nvram",
  },
  {
    at: 'os/loader',
    code,
    when: ({ os }) => os.firmware === 'bios' && os.loader?.stateless === false,
    words: 'Only EFI firmware permits NVRAM',
  },
  {
    at: 'os/firmware',
    code,
    when: (def) => enabled(def, 'enrolled-keys') === true && enabled(def, 'secure-boot') === false,
    words: "firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled",
  },
  {
    at: 'os/nvram',
    code,
    when: (def) => !automatic(def) && def.os.nvram !== undefined && def.os.loader?.value === undefined,
    words: 'no loader path specified and firmware auto selection disabled',
  },
  {
    at: 'os/nvram',
    code,
    when: ({ os }) => os.nvram !== undefined && os.loader?.stateless === true,
    words: 'NVRAM is not permitted when loader is stateless',
  },
  {
    at: 'os/loader',
    when: (def) => !automatic(def) && def.os.loader?.secure === true && !isQ35(def),
    words: 'Secure boot is supported with q35 machine types only',
  },
  {
    at: 'os/loader',
    when: (def) => !automatic(def) && def.os.loader?.secure === true && def.features?.smm?.state !== true,
    words: 'Secure boot requires SMM feature enabled',
  },
  {
    at: 'features/acpi',
    when: (def) => isUefi(def) && !isArm(def) && def.features?.acpi !== true,
    words: 'UEFI requires ACPI on this architecture',
  },
  {
    at: 'os/nvram',
    when: ({ os }) => ['volume', 'dir', 'nvme', 'vhostuser'].includes(os.nvram?.type ?? ''),
    words: ({ os }) => `unsupported nvram disk type '${os.nvram?.type}'`,
  },
  { at: 'features/smm/tseg', when: (def) => tseg(def) > 0 && !isQ35(def), words: 'SMM TSEG is only supported with q35 machine type' },
  { at: 'features/smm/tseg', when: (def) => tseg(def) % MIB > 0, words: 'SMM TSEG size must be divisible by 1 MiB' },
];

export const firmwareRules: readonly Rule[] = [banned(bans)];
