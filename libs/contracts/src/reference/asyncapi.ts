import type { CommandContract, Contract, RequestContract } from '../contract.js';
import { errors } from '../errors.js';
import { headerNames } from '../headers.js';
import { operationFinished } from '../outcome.contract.js';
import { idOf, subjectTemplateOf, tokenNamesOf } from './address.js';
import type { Comments } from './comments.js';
import { headerSchemas } from './headers-table.js';
import type { JsonSchema } from './json-schema.js';
import { classesOf, schemaOf } from './schema.js';

type Node = Readonly<Record<string, unknown>>;

const REPLIES = 'replies';
const ERROR = 'error';
const ERROR_BODY = 'ErrorBody';

const ref = (...path: readonly string[]): Node => ({ $ref: `#/${path.join('/')}` });
const componentOf = (name: string): string => `#/components/schemas/${name}`;

/**
 * The contracts as AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0). virtbus is the application: it
 * receives commands and requests, and sends events and facts.
 */
export function asyncApi(contracts: readonly Contract[], comments: Comments): Node {
  const asked = contracts.filter((one) => one.kind === 'request');
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'virtbus',
      version: '1.0.0',
      description: 'libvirt for a fleet, on a message bus. The version is that of the subjects, `virtbus.v1`.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      fleet: { host: '127.0.0.1:4222', protocol: 'nats', description: 'nats-server with JetStream: the one that `virtbus up` starts.' },
    },
    channels: { ...Object.fromEntries(contracts.map((one) => [idOf(one), channel(one, contracts)])), [REPLIES]: replyChannel(asked) },
    operations: Object.fromEntries(contracts.map((one) => [idOf(one), operation(one)])),
    components: { messages: messages(contracts, asked), schemas: schemas(contracts, comments) },
  };
}

const channel = (contract: Contract, contracts: readonly Contract[]): Node => {
  const address = subjectTemplateOf(contract);
  const parameters = Object.fromEntries(tokenNamesOf(address).map((name) => [name, {}]));
  return {
    address,
    title: contract.summary,
    messages: Object.fromEntries(namesOn(contract, contracts).map((name) => [name, ref('components', 'messages', name)])),
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
  };
};

/** Outcomes are told apart by what their result is. */
const namesOn = (contract: Contract, contracts: readonly Contract[]): string[] =>
  contract === operationFinished ? [...new Set(contracts.filter(isCommand).map(outcomeName))] : [idOf(contract)];

const isCommand = (contract: Contract): contract is CommandContract => contract.kind === 'command';
const outcomeName = ({ reply }: CommandContract): string => `outcome.${reply.name}`;
const replyName = ({ reply }: RequestContract): string => `reply.${reply.name}`;

/** Every reply goes to an inbox of the asker's, which is known only when it asks. */
const replyChannel = (asked: readonly RequestContract[]): Node => ({
  address: null,
  title: "The asker's inbox: the reply subject of the request.",
  messages: Object.fromEntries([...asked.map(replyName), ERROR].map((name) => [name, ref('components', 'messages', name)])),
});

function operation(contract: Contract): Node {
  const id = idOf(contract);
  const receives = contract.kind === 'command' || contract.kind === 'request';
  return {
    action: receives ? 'receive' : 'send',
    channel: ref('channels', id),
    summary: contract.summary,
    tags: [{ name: contract.owner }, { name: contract.kind }],
    ...(contract === operationFinished ? {} : { messages: [ref('channels', id, 'messages', id)] }),
    ...('errors' in contract ? { description: `Errors: ${contract.errors.join(', ')}.` } : {}),
    ...replyOf(contract),
  };
}

function replyOf(contract: Contract): Node {
  if (contract.kind === 'request') {
    const names = [replyName(contract), ERROR];
    return { reply: { channel: ref('channels', REPLIES), messages: names.map((name) => ref('channels', REPLIES, 'messages', name)) } };
  }
  if (contract.kind !== 'command') return {};
  const outcomes = idOf(operationFinished);
  return { reply: { channel: ref('channels', outcomes), messages: [ref('channels', outcomes, 'messages', outcomeName(contract))] } };
}

function messages(contracts: readonly Contract[], asked: readonly RequestContract[]): Node {
  const named = contracts.filter((one) => one !== operationFinished).map((one): [string, Node] => [idOf(one), message(one)]);
  const outcomes = contracts.filter(isCommand).map((one): [string, Node] => [outcomeName(one), outcomeMessage(one)]);
  const replies = asked.map((one): [string, Node] => [
    replyName(one),
    { payload: { $ref: componentOf(one.reply.name) }, examples: [{ payload: one.replyExample }] },
  ]);
  const error = { headers: { $ref: componentOf('ErrorHeaders') }, payload: { $ref: componentOf(ERROR_BODY) } };
  return { ...Object.fromEntries([...named, ...outcomes, ...replies]), [ERROR]: error };
}

const headersOf = {
  command: 'CommandHeaders',
  request: 'RequestHeaders',
  event: 'EventHeaders',
  signal: undefined,
  bucket: undefined,
} as const;

function message(contract: Contract): Node {
  const headers = headersOf[contract.kind];
  return {
    title: contract.summary,
    ...(headers === undefined ? {} : { headers: { $ref: componentOf(headers) } }),
    payload: { $ref: componentOf(contract.payload.name) },
    ...(contract.kind === 'command' ? { correlationId: { location: `$message.header#/${headerNames.messageId}` } } : {}),
    examples: [{ payload: contract.example }],
  };
}

const outcomeMessage = ({ reply, replyExample }: CommandContract): Node => ({
  title: `How a command ended; the result is of ${reply.name}.`,
  headers: { $ref: componentOf('EventHeaders') },
  correlationId: { location: `$message.header#/${headerNames.commandId}` },
  payload: { allOf: [{ $ref: componentOf('Outcome') }, { type: 'object', properties: { result: { $ref: componentOf(reply.name) } } }] },
  examples: [{ payload: Object.assign({}, operationFinished.example, { result: replyExample }) }],
});

const schemas = (contracts: readonly Contract[], comments: Comments): Readonly<Record<string, JsonSchema>> => ({
  ...Object.fromEntries(classesOf(contracts).map((one) => [one.name, schemaOf(one, { comments, refOf: ({ name }) => componentOf(name) })])),
  ...headerSchemas,
  [ERROR_BODY]: errorBody,
});

/** The body of an error reply; see `ErrorBody` in refusal.ts. */
const errorBody: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string', enum: Object.keys(errors) },
    message: { type: 'string' },
    libvirt: { type: 'integer', description: "libvirt's error number." },
    domain: { type: 'integer', description: 'The libvirt module that reports it.' },
    path: { type: 'string', description: 'Where in the message or in the XML.' },
  },
  required: ['code', 'message', 'libvirt', 'domain'],
  additionalProperties: true,
};
