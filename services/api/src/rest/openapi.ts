/** OpenAPI 3.1: Nest's own document of the controllers, filled from the routes' rows and the payload classes. */
import { classesIn, errors, fieldsOf, Refusal, schemaOf, type Comments, type JsonSchema, type PayloadClass } from '@virtbus/contracts';
import { problemOf } from './core/problem.js';
import type { QueryRow } from './core/query.js';
import { contractOf, pathParameters, type RouteRow } from './route.js';

type Json = Readonly<Record<string, unknown>>;

/** The part of Nest's document that is filled. */
export interface Scanned {
  readonly paths: Readonly<Record<string, object>>;
}

const PREFIX = '#/components/schemas/';
const refOf = ({ name }: PayloadClass): string => `${PREFIX}${name}`;
const text: JsonSchema = { type: 'string' };
const jsonOf = (schema: object, example?: object): Json => ({ 'application/json': { schema, ...(example ? { example } : {}) } });
const xmlContent: Json = { 'application/xml': { schema: { type: 'string', contentMediaType: 'application/xml' } } };

const octets: Json = { 'application/octet-stream': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } };
const imageContent: Json = { 'image/*': { schema: { type: 'string', contentMediaType: 'image/*' } } };

/** @throws Error when a controller has a method that no row is about, or the other way round */
export function openApi(scanned: Scanned, rows: Readonly<Record<string, RouteRow>>, comments: Comments): Json {
  const left = new Set(Object.keys(rows));
  const paths = Object.entries(scanned.paths).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries<{ readonly operationId?: string }>({ ...methods }).map(([method, operation]) => {
        const name = operation.operationId ?? '';
        const row = rows[name];
        if (!row) throw new Error(`${method} ${path} has no row`);
        left.delete(name);
        return [method, { ...operation, ...operationOf(row) }];
      }),
    ),
  ]);
  if (left.size > 0) throw new Error(`no controller has ${[...left].join(', ')}`);
  return {
    ...scanned,
    paths: Object.fromEntries(paths) as Json,
    components: { schemas: schemasOf(Object.values(rows), comments), responses, parameters, securitySchemes },
    security: [{ bearer: [] }],
  };
}

function operationOf(row: RouteRow): Json {
  return {
    parameters: parametersOf(row),
    ...(row.json || row.xml ? { requestBody: bodyOf(row) } : {}),
    ...(row.bytes ? { requestBody: { required: true, content: octets } } : {}),
    responses: responsesOf(row),
    ...(row.call ? {} : { security: [] }),
  };
}

function parametersOf(row: RouteRow): Json[] {
  const headers = [
    ...(row.tagged ? ['If-None-Match'] : []),
    ...(row.matched ? ['If-Match'] : []),
    ...(row.operation ? ['Prefer', 'Idempotency-Key'] : []),
    ...(row.reply === 'text/event-stream' ? ['Last-Event-ID'] : []),
  ];
  return [
    ...pathParameters(row).map((name) => ({ name, in: 'path', required: true, schema: { ...text, minLength: 1 } })),
    ...Object.entries(row.query ?? {}).map(([name, one]) => ({
      name,
      in: 'query',
      description: one.about,
      ...(one.required ? { required: true } : {}),
      ...schemaOfQuery(one),
    })),
    ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}

function schemaOfQuery({ kind, among, min = 1, max }: QueryRow): Json {
  const one = among ? { ...text, enum: among } : text;
  if (kind === 'flag') return { schema: { type: 'boolean' } };
  if (kind === 'number') return { schema: { type: 'integer', minimum: min, ...(max === undefined ? {} : { maximum: max }) } };
  return kind === 'list' ? { schema: { type: 'array', items: one, minItems: 1 }, style: 'form', explode: false } : { schema: one };
}

function bodyOf(row: RouteRow): Json {
  const { json, xml, besideBody = [] } = row;
  const example = exampleOf(row)?.payload;
  const shown = example && Object.fromEntries(Object.entries(example).filter(([name]) => !besideBody.includes(name)));
  return {
    required: xml === true || (json !== undefined && requiredOf(json, besideBody).length > 0),
    content: { ...(json ? jsonOf({ $ref: bodyRefOf(row, json) }, shown) : {}), ...(xml ? xmlContent : {}) },
  };
}

/** Payload and reply as the contract shows them, where the route has just those. */
function exampleOf(row: RouteRow): { readonly payload?: object | undefined; readonly reply?: object | undefined } {
  const contract = contractOf(row);
  return {
    payload: contract?.payload === row.json ? contract?.example : undefined,
    reply: contract && isKindOf(contract.reply, row.reply) ? contract.replyExample : undefined,
  };
}

/** A page of the bus is the whole list here, without where it goes on. */
const isKindOf = (reply: PayloadClass, wanted: RouteRow['reply']): boolean =>
  reply === wanted || (typeof wanted === 'function' && reply.prototype instanceof wanted);

const requiredOf = (json: PayloadClass, besideBody: readonly string[]): string[] =>
  fieldsOf(json).flatMap(({ name, optional }) => (optional || besideBody.includes(name) ? [] : [name]));

/** Without what the path holds a body is another class, and has another name. */
const bodyRefOf = ({ besideBody = [] }: RouteRow, json: PayloadClass): string =>
  besideBody.length > 0 ? `${refOf(json)}Body` : refOf(json);

function responsesOf(row: RouteRow): Json {
  const done = row.operation === 'made' ? '201' : '200';
  return {
    [done]: { description: 'Done.', ...headersOf(row), ...contentOf(row) },
    ...(row.operation ? { '202': { $ref: '#/components/responses/Accepted' } } : {}),
    ...(row.tagged ? { '304': { description: 'The caller has it already.' } } : {}),
    default: { $ref: '#/components/responses/Problem' },
  };
}

const headersOf = ({ operation, tagged }: RouteRow): Json => {
  const headers = { ...(tagged ? { ETag: { schema: text } } : {}), ...(operation === 'made' ? { Location: { schema: text } } : {}) };
  return Object.keys(headers).length > 0 ? { headers } : {};
};

function contentOf(row: RouteRow): Json {
  const { reply, orXml, orImage } = row;
  if (reply === 'none') return {};
  if (typeof reply === 'string') return { content: { [reply]: { schema: text } } };
  const example = exampleOf(row).reply;
  return { content: { ...jsonOf({ $ref: refOf(reply) }, example), ...(orXml ? xmlContent : {}), ...(orImage ? imageContent : {}) } };
}

function schemasOf(rows: readonly RouteRow[], comments: Comments): Json {
  const classes = rows.flatMap(({ json, reply }) => [...(json ? [json] : []), ...(typeof reply === 'string' ? [] : [reply])]);
  const bodies = rows.flatMap(({ json, besideBody = [] }) => (json && besideBody.length > 0 ? [{ json, besideBody }] : []));
  const whole = new Set(rows.flatMap(({ json, besideBody = [] }) => (json && besideBody.length > 0 ? [json] : [])));
  const named = new Set(rows.flatMap(({ json, besideBody = [], reply }) => [...(besideBody.length > 0 ? [] : [json]), reply]));
  return Object.fromEntries([
    ...classesIn(classes)
      .filter((one) => !whole.has(one) || named.has(one))
      .map((one) => [one.name, schemaOf(one, { refOf, comments })]),
    ...bodies.map(({ json, besideBody }) => [`${json.name}Body`, without(schemaOf(json, { refOf, comments }), besideBody)]),
    ['Problem', problem],
  ]) as Json;
}

function without(schema: JsonSchema, names: readonly string[]): JsonSchema {
  const left = Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name));
  const required = (schema.required ?? []).filter((name) => !names.includes(name));
  return { ...schema, title: `${schema.title ?? ''}Body`, properties: Object.fromEntries(left), required };
}

const problem = {
  title: 'Problem',
  description: 'RFC 9457. `code` is the contract, the words may change.',
  type: 'object',
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    instance: text,
    code: { ...text, enum: Object.keys(errors) },
    libvirt: { type: 'object', properties: { code: { type: 'integer' }, domain: { type: 'integer' } } },
    fault: { ...text, enum: ['caller', 'capacity', 'host', 'us'] },
    retry: { type: 'boolean' },
    path: text,
    operation: text,
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'libvirt', 'fault', 'retry'],
};

const problemExample = problemOf(
  new Refusal('no_domain', "Domain not found: no domain with matching name 'demo'").toBody(),
  '/v1/domains/demo',
);

const responses = {
  Problem: {
    description: 'It was not done, and why.',
    content: { 'application/problem+json': { schema: { $ref: `${PREFIX}Problem` }, example: problemExample } },
  },
  Accepted: {
    description: 'It is under way. The operation says how it goes.',
    headers: { Location: { schema: text } },
    content: jsonOf({ $ref: `${PREFIX}OperationStatus` }),
  },
};

const header = (name: string, description: string): Json => ({ name, in: 'header', description, schema: text });

const parameters = {
  'If-None-Match': header('If-None-Match', 'The entity tag of the answer that the caller has.'),
  'If-Match': header('If-Match', 'The entity tag of the answer that the caller decided on; its definition must be the present one.'),
  Prefer: header('Prefer', '`wait=N`: wait N seconds for the end, 5 when nothing is said. `respond-async`: do not wait.'),
  'Idempotency-Key': header('Idempotency-Key', 'The same call again with the same key is the same call.'),
  'Last-Event-ID': header('Last-Event-ID', 'The last event that the caller has heard.'),
};

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API token, or a signed token of a known issuer. On the local socket none is needed.',
  },
};
