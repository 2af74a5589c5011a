/** Ctrl and a character give the character's low five bits. */
const CTRL_MASK = 0x1f;

/** `^]` → 0x1d, `x` → 0x78 */
export const escapeByte = (key: string): number =>
  key.length > 1 && key.startsWith('^') ? key.toUpperCase().charCodeAt(1) & CTRL_MASK : key.charCodeAt(0);

/** What was typed before the escape key, and whether that was pressed. What was typed after it is nobody's. */
export function splitAtEscape(bytes: Uint8Array, escape: number): { readonly before: Uint8Array; readonly escaped: boolean } {
  const at = bytes.indexOf(escape);
  return at === -1 ? { before: bytes, escaped: false } : { before: bytes.subarray(0, at), escaped: true };
}
