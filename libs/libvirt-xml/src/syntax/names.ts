/** XML 1.0's productions 4 and 4a, without the colon. */
const START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const MORE = `${START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040`;

const anyName = new RegExp(`[${START}:][${MORE}:]*`, 'uy');
const qualified = new RegExp(`^([${START}][${MORE}]*):([${START}][${MORE}:]*)$`, 'u');

/** The name that begins at a place; undefined when none does. */
export function nameAt(text: string, at: number): string | undefined {
  anyName.lastIndex = at;
  return anyName.exec(text)?.[0];
}

/** `x:a` → `x` and `a`; what is no such pair is all local. */
export function partsOf(name: string): { readonly prefix: string; readonly local: string } {
  const [, prefix = '', local = name] = qualified.exec(name) ?? [];
  return { prefix, local };
}

/** Production 2. Halves of surrogate pairs are no characters. */
// oxlint-disable-next-line no-control-regex -- they are what is no character
const unlikely = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;
export const isCharacter = (character: string): boolean => character !== '' && !unlikely.test(character);
