/** What the guest boots: the firmware's menu, or a kernel that QEMU loads itself. */
import { escapeCommas, keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unsupported } from '../refusal.js';

/** Devices that are not in the order are not tried. */
export function boot({ domain }: Context): Argv {
  const { bootmenu, bios } = domain.os;
  return [
    '-boot',
    keyValues(undefined, {
      menu: bootmenu?.enable,
      'reboot-timeout': bios?.rebootTimeout,
      'splash-time': bootmenu?.enable ? bootmenu.timeout : undefined,
      strict: true,
    }),
  ];
}

export function kernel({ domain }: Context): Argv {
  const { kernel: image, initrd, cmdline, dtb } = domain.os;
  return [...option('-kernel', image), ...option('-initrd', initrd), ...option('-append', cmdline), ...option('-dtb', dtb)];
}

const option = (name: string, value: string | undefined): Argv => (value === undefined ? [] : [name, value]);

const tableWords = { slic: 'sig=SLIC,file=', raw: 'data=', rawset: 'file=' } as const;

export function acpiTables({ domain }: Context): Argv {
  return (domain.os.acpi?.table ?? []).flatMap(({ type, value }): Argv => {
    if (type !== 'slic') throw unsupported('/domain/os/acpi/table', `no ACPI table of type '${type}' can be added`);
    return ['-acpitable', `${tableWords[type]}${escapeCommas(value ?? '')}`];
  });
}
