/** What QEMU takes as JSON on its command line. A property that is undefined is left out; order is kept. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** JSON without blanks. Numbers beyond 2^53 (a world wide name has 64 bits) come as bigint, which JavaScript's own writer refuses. */
export const formatJson = (value: Json): string => (holdsBigint(value) ? formatWide(value) : JSON.stringify(value));

function holdsBigint(value: Json | undefined): boolean {
  if (value === null || typeof value !== 'object') return typeof value === 'bigint';
  return isList(value) ? value.some(holdsBigint) : Object.values(value).some(holdsBigint);
}

function formatWide(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(formatWide).join(',')}]`;
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${formatWide(member)}`],
  );
  return `{${members.join(',')}}`;
}

const isList = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
