/** Sizes as virsh takes them: a number and a unit, KiB when there is none. */
const powers: Readonly<Record<string, number>> = { '': 1, k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };
const KIB = 1024;

/** In KiB, rounded up. @returns undefined for what is no size */
export function sizeKiB(text: string): number | undefined {
  const [, digits, prefix = '', suffix = ''] = /^(\d+)([kmgtpe]?)(i?b|)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const unit = unitOf(prefix.toLowerCase(), suffix.toLowerCase());
  return unit === undefined ? undefined : Math.ceil((Number(digits) * unit) / KIB);
}

/** Bytes. */
function unitOf(prefix: string, suffix: string): number | undefined {
  const power = powers[prefix] ?? 1;
  if (prefix !== '') return (suffix === 'b' ? 1000 : KIB) ** power;
  if (suffix === '') return KIB;
  return suffix === 'b' ? 1 : undefined;
}
