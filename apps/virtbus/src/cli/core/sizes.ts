/** Sizes as virsh takes them: a number and a unit, KiB when there is none. */
const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };
const KIB = 1024;

/** In KiB, rounded up. @returns undefined for what is no size */
export function sizeKiB(text: string): number | undefined {
  const [, digits, suffix = ''] = /^(\d+)([a-z]*)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const unit = unitOf(suffix, KIB);
  return unit === undefined ? undefined : Math.ceil((Number(digits) * unit) / KIB);
}

/** Bytes, or what virsh says of what is no size: its second line is missing where nothing is a number. */
export type VolumeSize = { readonly bytes: number } | { readonly why?: string };

/** The size of a volume, in bytes when it has no unit. */
export function volumeSize(text: string): VolumeSize {
  const [, digits, suffix = ''] = /^(\d+)(.*)$/.exec(text) ?? [];
  if (digits === undefined) return {};
  const unit = unitOf(suffix, 1);
  if (unit === undefined) return { why: `invalid argument: unknown suffix '${suffix}'` };
  const bytes = Number(digits) * unit;
  return Number.isSafeInteger(bytes) ? { bytes } : { why: `numerical overflow: value too large: ${text}` };
}

/** Bytes. `plain` is what a number without a unit counts. */
function unitOf(text: string, plain: number): number | undefined {
  const [whole, prefix = '', suffix = ''] = /^([kmgtpe]?)(i?b|)$/i.exec(text) ?? [];
  if (whole === undefined) return undefined;
  if (prefix !== '') return (suffix.toLowerCase() === 'b' ? 1000 : KIB) ** (powers[prefix.toLowerCase()] ?? 1);
  if (suffix === '') return plain;
  return suffix.toLowerCase() === 'b' ? 1 : undefined;
}
