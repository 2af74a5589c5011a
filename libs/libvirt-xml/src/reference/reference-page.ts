/** The reference page: every element and attribute that the descriptions know, as nested lists. */
import type { Element } from '../model/element.js';
import type { Attribute, Child, Children, Field, PlainField } from '../model/field.js';

export interface ReferenceSection {
  readonly title: string;
  readonly root: string;
  readonly element: Element<unknown>;
}

const introduction = `# XML reference

What virtbus reads and writes of libvirt's XML, made from the descriptions that the parser and the formatter work by. Elements
and attributes stand in the order in which they are written. What is not listed is ignored, as libvirt ignores it; what is
listed and cannot be done is refused with the element's path when a domain is defined or started.

- *live*: known only while the domain runs; not read from a definition.
- *needed*: absence is refused. A value after *else* is assumed when nothing is written.
- *for*: only when the attribute that the element is told apart by has one of these values.
`;

/** Markdown for all documents. An element described in one place and used in several is listed where it comes first. */
export function referencePage(sections: readonly ReferenceSection[]): string {
  const seen = new Map<Element<unknown>, string>();
  const parts = sections.map(({ title, root, element }) => {
    const lines = elementLines(element, { name: root, path: root, depth: 0, seen, notes: [] });
    return `\n## ${title}\n\n${lines.join('\n')}\n`;
  });
  return introduction + parts.join('');
}

interface Visit {
  readonly name: string;
  readonly path: string;
  readonly depth: number;
  readonly seen: Map<Element<unknown>, string>;
  readonly notes: readonly string[];
}

function elementLines(element: Element<unknown>, visit: Visit): readonly string[] {
  const { name, path, seen, notes } = visit;
  const { shape } = element;
  if (shape.kind === 'lazy') return [line(visit, `\`<${name}>\``, [...notes, 'as the element that it is in'])];
  if (shape.kind === 'flag') return [line(visit, `\`<${name}/>\``, [...notes, 'present or not'])];
  if (shape.kind === 'foreign') return [line(visit, `\`<${name}>\``, [...notes, 'elements of other namespaces, kept as they are'])];
  const earlier = seen.get(element);
  if (earlier !== undefined && !shape.bare) return [line(visit, `\`<${name}>\``, [...notes, `as \`${earlier}\``])];
  seen.set(element, path);
  const all = [...shape.attributes, ...shape.contents.filter((one) => !shape.attributes.includes(one))];
  if (shape.bare) return [line(visit, `\`<${name}>\``, [...notes, ...all.flatMap(([, field]) => bareNotes(field))])];
  const head = line(visit, `\`<${name}>\``, [...notes, ...(element.doc ? [element.doc] : [])]);
  return [head, ...all.flatMap(([key, field]) => fieldLines(key, field, { ...visit, depth: visit.depth + 1, notes: [] }))];
}

const line = ({ depth }: Visit, what: string, notes: readonly string[]): string =>
  `${'  '.repeat(depth)}- ${what}${notes.length > 0 ? `: ${notes.join('; ')}` : ''}`;

function fieldLines(key: string, field: Field, visit: Visit): readonly string[] {
  if (field.kind !== 'byTag') return plainLines(key, field, visit);
  return grouped(field.cases).flatMap(([one, tags]) =>
    plainLines(key, one, { ...visit, notes: [`for ${tags.map((tag) => `\`${tag}\``).join(', ')}`] }),
  );
}

/** Values of the tag that share a field stand together. */
function grouped(cases: Readonly<Record<string, PlainField>>): readonly (readonly [PlainField, readonly string[]])[] {
  const groups = new Map<PlainField, string[]>();
  for (const [tag, field] of Object.entries(cases)) groups.set(field, [...(groups.get(field) ?? []), tag]);
  return [...groups];
}

function plainLines(key: string, field: PlainField, visit: Visit): readonly string[] {
  switch (field.kind) {
    case 'attribute':
      return [line(visit, `\`${field.options.xml ?? key}\``, [...visit.notes, ...scalarNotes(field)])];
    case 'text':
      return [line(visit, 'text', [...visit.notes, ...scalarNotes(field)])];
    case 'size':
      return [line(visit, 'text and `unit`', [...visit.notes, ...sizeNotes(field)])];
    case 'inline':
      return inlineLines(field.element, visit);
    case 'mixed':
      return Object.entries(field.cases).flatMap(([name, element]) =>
        elementLines(element, { ...visit, name, path: `${visit.path}/${name}`, notes: [...visit.notes, 'any number'] }),
      );
    default:
      return childLines(key, field, visit);
  }
}

function inlineLines(element: Element<unknown>, visit: Visit): readonly string[] {
  const [, ...lines] = elementLines(element, { ...visit, depth: visit.depth - 1, path: `${visit.path} ` });
  return lines.length > 0 ? lines : [line(visit, 'a character device', [...visit.notes, 'as that of a serial port'])];
}

function childLines(key: string, field: Child<unknown> | Children<unknown>, visit: Visit): readonly string[] {
  const { options } = field;
  const name = options.ns ? `${options.ns.prefix}:${options.xml ?? key}` : (options.xml ?? key);
  const notes = [...visit.notes, ...(field.kind === 'children' ? ['any number'] : presenceNotes(field)), ...commonNotes(options)];
  return elementLines(field.element, { ...visit, name, path: `${visit.path}/${name}`, notes });
}

function presenceNotes({ options }: Child<unknown>): readonly string[] {
  return options.required ? ['needed'] : [];
}

interface CommonOptions {
  readonly live?: boolean;
  readonly secret?: boolean;
  readonly doc?: string;
}

const commonNotes = ({ live, secret, doc }: CommonOptions): readonly string[] => [
  ...(live ? ['live'] : []),
  ...(secret ? ['secret'] : []),
  ...(doc ? [doc] : []),
];

function scalarNotes({ scalar, options }: Attribute<unknown>): readonly string[] {
  const fallback = options.fallback === undefined ? [] : [`else \`${scalar.write(options.fallback)}\``];
  return [scalar.label, ...(options.required ? ['needed'] : []), ...fallback, ...commonNotes(options)];
}

function sizeNotes({ options }: Extract<PlainField, { kind: 'size' }>): readonly string[] {
  const unit =
    options.defaultUnit === undefined || options.defaultUnit === options.unit ? [] : [`in ${options.defaultUnit} without a unit`];
  return [`quantity, kept in ${options.unit}`, ...unit, ...(options.required ? ['needed'] : []), ...commonNotes(options)];
}

function bareNotes(field: Field): readonly string[] {
  if (field.kind === 'attribute' || field.kind === 'text') return scalarNotes(field);
  return field.kind === 'size' ? sizeNotes(field) : [];
}
