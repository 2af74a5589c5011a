/** Writing of single options. Every function answers with an option and its value, as two arguments. */
import { formatJson, type JsonObject } from './json.js';

export type Argv = readonly string[];

/** null is a word that stands by itself. */
type TextValue = string | number | boolean | null | undefined;

/** In a value of `a=b,c=d` text a comma is doubled; nothing else has a meaning there. */
export const escapeCommas = (value: string): string => value.replaceAll(',', ',,');

/**
 * Text such as `node,nodeid=0,cpus=0-3`: undefined is left out, a boolean is `on` or `off`.
 * @param head what stands before the first comma without a name, when anything does.
 */
export function keyValues(
  head: string | undefined,
  values: Readonly<Record<string, TextValue>> | Iterable<readonly [string, TextValue]>,
): string {
  const pairs = isIterable(values) ? [...values] : Object.entries(values);
  const parts = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [value === null ? name : `${name}=${escapeCommas(wordOf(value))}`],
  );
  return (head === undefined ? parts : [head, ...parts]).join(',');
}

const isIterable = (values: object): values is Iterable<readonly [string, TextValue]> => Symbol.iterator in values;

const wordOf = (value: string | number | boolean): string => (typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value));

const json =
  (option: string) =>
  (properties: JsonObject): Argv => [option, formatJson(properties)];

export const device = json('-device');
export const object = json('-object');
export const netdev = json('-netdev');
export const blockdev = json('-blockdev');
export const audiodev = json('-audiodev');

/** A character device; QEMU 7.2 takes no JSON here. */
export const chardev = (backend: string, values: Readonly<Record<string, TextValue>>): Argv => ['-chardev', keyValues(backend, values)];
