/** Calls drawn from an OpenAPI document: mostly what it asks for, often not. */
import fc from 'fast-check';

/** A document of which only some is looked at. */
// oxlint-disable-next-line typescript/no-explicit-any -- a JSON document
type Json = Readonly<Record<string, any>>;

export interface Drawn {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

const junk = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    'null',
    '__proto__',
    'constructor',
    '..',
    '%',
    '*',
    'a'.repeat(300),
    '\u0000',
    '\ud800',
    '{}',
    '<a/>',
    'ümlaut',
    '$KV.x',
    'a.b.>',
  ),
  fc.string({ maxLength: 20, unit: 'binary' }),
);

const deref = (document: Json, node: Json): Json => {
  const ref = node['$ref'] as string | undefined;
  if (ref === undefined) return node;
  return ref
    .slice(2)
    .split('/')
    .reduce<Json>((at, key) => at[key] as Json, document);
};

/** A value as the schema has it, as far as a few levels; now and then something else. */
function valueOf(document: Json, given: Json, depth = 0): fc.Arbitrary<unknown> {
  const schema = deref(document, given);
  return fc.oneof(
    { weight: 6, arbitrary: good(document, schema, depth) },
    { weight: 1, arbitrary: fc.oneof(junk, fc.jsonValue({ maxDepth: 2 })) },
  );
}

function good(document: Json, schema: Json, depth: number): fc.Arbitrary<unknown> {
  if (schema['enum']) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (schema['contentMediaType'] === 'application/xml') return xml;
  if (schema['type'] === 'boolean') return fc.boolean();
  if (schema['type'] === 'integer') return integer(schema);
  if (schema['type'] === 'array')
    return fc.array(valueOf(document, (schema['items'] as Json | undefined) ?? {}, depth + 1), { maxLength: 3 });
  if (schema['type'] === 'object') return object(document, schema, depth);
  return fc.oneof(fc.constantFrom('fuzz-a', 'fuzz-b', 'blue', 'host-a'), junk);
}

function integer(schema: Json): fc.Arbitrary<number> {
  const [min, max] = [schema['minimum'], schema['maximum']] as (number | undefined)[];
  return fc.oneof(fc.integer({ min: min ?? 0, max: max ?? 1_000 }), fc.constantFrom(-1, 2 ** 53, 1.5));
}

function object(document: Json, schema: Json, depth: number): fc.Arbitrary<unknown> {
  const properties = Object.entries<Json>((schema['properties'] as Json | undefined) ?? {});
  const record = properties.map(([name, one]) => [name, depth > 3 ? fc.constant(null) : valueOf(document, one, depth + 1)] as const);
  return fc.record(Object.fromEntries(record), { requiredKeys: [] });
}

const device = fc.constantFrom(
  "<interface type='network'><source network='lab'/></interface>",
  "<interface type='user'><mac address='zz'/></interface>",
  "<disk type='file'><source file='/x'/><target dev='vda'/></disk>",
  "<hostdev mode='subsystem' type='pci'/>",
  "<graphics type='vnc' port='-1'/>",
  '<serial/>',
  '<x:y/>',
);

/** Definitions, some of them whole. */
export const xml: fc.Arbitrary<string> = fc.oneof(
  fc
    .record({
      name: fc.constantFrom('fuzz-a', 'fuzz-b', 'fuzz &lt;c'),
      memory: fc.constantFrom('64', '0', '-1', '99999999999999999999', 'x'),
      devices: fc.array(device, { maxLength: 3 }),
    })
    .map(
      ({ name, memory, devices }) =>
        `<domain type='qemu'><name>${name}</name><memory unit='MiB'>${memory}</memory><os><type>hvm</type></os><devices>${devices.join('')}</devices></domain>`,
    ),
  fc.constantFrom(
    '<network><name>fuzz-n</name></network>',
    "<network><name>fuzz-m</name><forward mode='bridge'/></network>",
    '<network/>',
    '<domain/>',
  ),
  fc.constantFrom(
    '<!DOCTYPE a [<!ENTITY x "y">]><domain>&x;</domain>',
    '<domain',
    '<a>'.repeat(400),
    `<domain>${'<b/>'.repeat(120_000)}</domain>`,
    '\uFEFF<domain/>',
  ),
  junk,
);

const headerValues: Readonly<Record<string, fc.Arbitrary<string>>> = {
  accept: fc.constantFrom('application/json', 'application/xml', '*/*', 'text/html', 'x', 'application/xml;q=0, */*;q=9'),
  prefer: fc.constantFrom('wait=0', 'wait=1', 'respond-async', 'wait=99999999', 'wait=x'),
  'if-match': fc.constantFrom('*', '"1"', '"1-2-3"', 'x', '"99999999999999999999"'),
  'if-none-match': fc.constantFrom('*', '"0-0-0"', 'W/"1"'),
  'idempotency-key': fc.constantFrom('k', 'k2', 'x'.repeat(300)),
  'last-event-id': fc.constantFrom('0', 'x', '-1'),
};

/** @param named what there is, by the names of the path's parameters */
export function drawn(
  document: Json,
  { method, path, operation }: Operation,
  named: Readonly<Record<string, string>>,
): fc.Arbitrary<Drawn> {
  const parameters = ((operation['parameters'] as Json[] | undefined) ?? []).map((one) => deref(document, one));
  const placed = (place: string) => parameters.filter((one) => one['in'] === place);
  const segments = fc.record(
    Object.fromEntries(
      placed('path').map(({ name }) => {
        const there = fc.constantFrom(named[name as string] ?? 'fuzz-a');
        return [
          name as string,
          fc.oneof({ weight: 3, arbitrary: there }, { weight: 1, arbitrary: fc.constantFrom('fuzz-a', 'lab') }, junk),
        ];
      }),
    ),
  );
  const query = fc.record(
    Object.fromEntries(placed('query').map((one) => [one['name'] as string, valueOf(document, one['schema'] as Json)])),
    { requiredKeys: [] },
  );
  // Where it is not looked at, a condition is refused, and nothing else would be seen of the call.
  const isMatched = placed('header').some((one) => one['name'] === 'If-Match');
  const { 'if-match': condition, ...others } = headerValues;
  const headers = fc.record(isMatched && condition ? { ...others, 'if-match': condition } : others, { requiredKeys: [] });
  const content = ((operation['requestBody'] as Json | undefined)?.['content'] as Json | undefined) ?? {};
  const bodies = Object.entries<Json>(content).map(([type, { schema }]) =>
    valueOf(document, schema as Json).map((value) => ({
      type,
      text: type.includes('json') ? (JSON.stringify(value) ?? '') : String(value),
    })),
  );
  const body = fc.oneof(
    fc.constant(undefined),
    ...bodies,
    fc.record({ type: fc.constantFrom('text/plain', 'application/json', ''), text: junk }),
  );
  return fc.record({ segments, query, headers, body }).map((one) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode((one.segments as Record<string, string>)[name] ?? ''));
    const search = Object.entries(one.query)
      .map(([name, value]) => `${name}=${encode(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))}`)
      .join('&');
    const type: Record<string, string> = one.body?.type ? { 'content-type': one.body.type } : {};
    return {
      line: `${method} ${filled}${search === '' ? '' : `?${search}`}`,
      headers: { ...(one.headers as Record<string, string>), ...type },
      body: method === 'GET' ? undefined : one.body?.text,
    };
  });
}

/** Half of a surrogate pair has no bytes. */
const encode = (text: string): string => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
