/** Elements of others' namespaces: kept, never understood. */

/** Plain, so that a definition can travel as JSON. */
export interface ForeignElement {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly ForeignNode[];
}

export type ForeignNode =
  | ForeignElement
  | { readonly kind: 'text' | 'cdata' | 'comment'; readonly text: string }
  | { readonly kind: 'instruction'; readonly target: string; readonly text: string };

/** Tells such an element from other values that a property can hold. */
export function isForeignElement(node: unknown): node is ForeignElement {
  return typeof node === 'object' && node !== null && 'name' in node && 'attributes' in node && 'children' in node;
}
