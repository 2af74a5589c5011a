import { element, nested, textElement } from './core/xml-text.js';

const optional = (about: string) => ({ kind: 'text', namedOnly: true, about }) as const;

export const poolDefinitionOptions = {
  name: { kind: 'text', required: true, about: 'name of the storage pool' },
  type: { kind: 'text', required: true, about: 'type of the storage pool: dir' },
  'print-xml': { kind: 'flag', about: 'print XML document rather than define the pool' },
  'source-host': optional('host of the storage behind it'),
  'source-path': optional('path of the storage behind it'),
  'source-dev': optional('device of the storage behind it'),
  'source-name': optional('name of the storage behind it'),
  target: optional('directory of the pool'),
  'source-format': optional('format of the storage behind it'),
} as const;

export interface PoolWords {
  readonly name: string;
  readonly type: string;
  readonly target?: string | undefined;
  readonly 'source-host'?: string | undefined;
  readonly 'source-path'?: string | undefined;
  readonly 'source-dev'?: string | undefined;
  readonly 'source-name'?: string | undefined;
  readonly 'source-format'?: string | undefined;
}

/** The pool that options describe, in virsh's order of elements. Lines. */
export function poolXml(words: PoolWords): string[] {
  const { name, type, target } = words;
  const given = (called: string, attribute: string, value: string | undefined): string[] =>
    value === undefined ? [] : [element(called, { [attribute]: value })];
  const source = [
    ...given('host', 'name', words['source-host']),
    ...given('dir', 'path', words['source-path']),
    ...given('device', 'path', words['source-dev']),
    ...given('format', 'type', words['source-format']),
    ...(words['source-name'] === undefined ? [] : [textElement('name', words['source-name'])]),
  ];
  const inside = [
    textElement('name', name),
    ...nested('source', source),
    ...(target === undefined ? [] : nested('target', [textElement('path', target)])),
  ];
  return [element('pool', { type }).replace('/>', '>'), ...inside.map((line) => `  ${line}`), '</pool>'];
}
