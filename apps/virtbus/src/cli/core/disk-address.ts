/** `pci:0000.00.05.0` and its kin, as `attach-disk --address` takes them. */
export type DiskAddress =
  | { readonly type: 'address'; readonly attributes: Readonly<Record<string, string>> }
  | { readonly type: 'refused'; readonly words: string };

type Attributes = Readonly<Record<string, string>>;

const hex = (text: string | undefined, digits: number): string =>
  `0x${Number.parseInt(text ?? '', 16)
    .toString(16)
    .padStart(digits, '0')}`;
const decimal = (text: string | undefined): string => String(Number(text));

const drive = ([controller, bus, unit]: readonly string[]): Attributes => ({
  type: 'drive',
  controller: decimal(controller),
  bus: decimal(bus),
  unit: decimal(unit),
});

interface Kind {
  readonly pattern: RegExp;
  readonly attributes: (parts: readonly string[]) => Attributes;
}

const DRIVE: Kind = { pattern: /^(\d+)\.(\d+)\.(\d+)/, attributes: drive };

const kinds: Readonly<Record<string, Kind>> = {
  pci: {
    pattern: /^([0-9a-f]+)\.([0-9a-f]+)\.([0-9a-f]+)\.([0-9a-f]+)/i,
    attributes: ([domain, bus, slot, number]) => ({
      type: 'pci',
      domain: hex(domain, 4),
      bus: hex(bus, 2),
      slot: hex(slot, 2),
      function: hex(number, 1),
    }),
  },
  ccw: {
    pattern: /^([0-9a-f]+)\.([0-9a-f]+)\.([0-9a-f]+)/i,
    attributes: ([cssid, ssid, devno]) => ({ type: 'ccw', cssid: hex(cssid, 2), ssid: hex(ssid, 1), devno: hex(devno, 4) }),
  },
  usb: { pattern: /^(\d+)\.(\d+)/, attributes: ([bus, port]) => ({ type: 'usb', bus: decimal(bus), port: decimal(port) }) },
  ide: DRIVE,
  scsi: DRIVE,
  sata: DRIVE,
};

/** By the beginning of the target's name: which addresses it may have, and virsh's words for others. */
const ofTargets = [
  { prefix: 'vd', kinds: ['pci', 'ccw'], words: 'expecting a pci:0000.00.00.00 or ccw:00.0.0000 address.' },
  { prefix: 'sd', kinds: ['scsi', 'usb', 'sata'], words: 'expecting a scsi:00.00.00 or usb:00.00 or sata:00.00.00 address.' },
  { prefix: 'hd', kinds: ['ide'], words: 'expecting an ide:00.00.00 address.' },
] as const;

export function diskAddress(text: string, target: string): DiskAddress {
  const [, name = '', rest = ''] = /^([a-z]+):(.*)$/.exec(text) ?? [];
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const parts = kind?.pattern.exec(rest);
  if (!kind || !parts) return { type: 'refused', words: 'Invalid address.' };
  const rule = ofTargets.find(({ prefix }) => target.startsWith(prefix));
  if (rule && !rule.kinds.some((one) => one === name)) return { type: 'refused', words: rule.words };
  return { type: 'address', attributes: kind.attributes(parts.slice(1)) };
}
