/** What the firmware tells the guest about the machine it is in. */
import { keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unsupported } from '../refusal.js';

type Sysinfo = Context['domain']['sysinfo'][number];
type Smbios = Extract<Sysinfo, { readonly type: 'smbios' }>;
type Table = NonNullable<Smbios['system']>;

export function smbios({ domain }: Context): Argv {
  switch (domain.os.smbios?.mode) {
    case undefined:
    case 'none':
    case 'emulate':
      return [];
    case 'host':
      throw unsupported('/domain/os/smbios', "this host's own SMBIOS tables are not at hand");
    default:
      return tables(sysinfoOf(domain));
  }
}

function sysinfoOf({ name, sysinfo }: Context['domain']): Smbios {
  const found = sysinfo.find((one) => one.type === 'smbios');
  if (!found) throw unsupported('/domain/os/smbios', `domain '${name}' has no sysinfo of type smbios to show`);
  return found;
}

function tables({ bios, system, baseBoard, chassis, oemStrings }: Smbios): Argv {
  const [board, ...others] = baseBoard;
  if (others.length > 0) throw unsupported('/domain/sysinfo/baseBoard[2]', 'QEMU shows one base board, not several');
  return [
    ...table(0, bios, ['vendor', 'version', 'date', 'release']),
    ...table(1, system, ['manufacturer', 'product', 'version', 'serial', 'uuid', 'sku', 'family']),
    ...table(2, board, ['manufacturer', 'product', 'version', 'serial', 'asset', 'location']),
    ...table(3, chassis, ['manufacturer', 'version', 'serial', 'asset', 'sku']),
    ...strings((oemStrings?.entry ?? []).map(({ value }) => value ?? '')),
  ];
}

/** @param names in the order in which QEMU is told; other entries libvirt refuses at define. */
function table(type: number, given: Table | undefined, names: readonly string[]): Argv {
  if (!given) return [];
  const entries = names.flatMap((name): [string, string][] => {
    const value = given.entry.find((entry) => entry.name === name)?.value;
    return value === undefined ? [] : [[name, value]];
  });
  return entries.length === 0 ? [] : ['-smbios', keyValues(`type=${type}`, entries)];
}

const strings = (values: readonly string[]): Argv =>
  values.length === 0
    ? []
    : [
        '-smbios',
        keyValues(
          'type=11',
          values.map((value): [string, string] => ['value', value]),
        ),
      ];

/** Files that the guest reads from QEMU by name. */
export function firmwareConfig({ domain }: Context): Argv {
  const entries = domain.sysinfo.flatMap((one) => (one.type === 'fwcfg' ? one.entry : []));
  return entries.flatMap(({ name, file, value }) => [
    '-fw_cfg',
    keyValues(undefined, file === undefined ? { name, string: value } : { name, file }),
  ]);
}
