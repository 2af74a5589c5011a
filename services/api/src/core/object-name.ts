import { Refusal } from '@virtbus/contracts';

/** libvirt writes a definition to the file `NAME.xml.new` first: of a file's 255 bytes eight are the ending. */
const DEFINED_BYTES = 247;
/** A volume is a file of its name. */
const FILE_BYTES = 255;
const STORAGE = 18;

/**
 * What no domain, network, pool or filter is called. libvirt takes a filter with a line break in its name; here it would pass for two
 * lines of a table or a log.
 * @throws Refusal xml_detail, invalid_argument
 */
export function refuseName(name: string): void {
  refuseBroken(name);
  refuseLong(name, DEFINED_BYTES, 0);
}

/** @throws Refusal xml_detail, invalid_argument */
export function refuseVolumeName(name: string): void {
  refuseBroken(name);
  refuseLong(name, FILE_BYTES, STORAGE);
}

/** What a secret is for is a key of a bucket. libvirt sets no limit. @throws Refusal invalid_argument */
export const refuseUsage = (usage: string): void => refuseLong(usage, FILE_BYTES, 0);

function refuseBroken(name: string): void {
  const [found] = /[/\n]/.exec(name) ?? [];
  if (found === undefined) return;
  throw new Refusal('xml_detail', `invalid char in name: ${found === '/' ? '/' : String.raw`\n`}`, { domain: 5 });
}

/** With libvirt's number, which is that of the system's error. */
function refuseLong(name: string, most: number, module: number): void {
  const bytes = Buffer.byteLength(name);
  if (bytes <= most) return;
  throw new Refusal('invalid_argument', `a name of ${bytes} bytes cannot be kept, only up to ${most}: File name too long`, {
    libvirt: 38,
    domain: module,
  });
}
