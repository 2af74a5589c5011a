import type { Contract, Owner, PayloadClass } from '../contract.js';
import { streams } from '../streams.js';
import { anchorOf, streamNameOf } from './address.js';
import type { Comments } from './comments.js';
import { classLink, fieldTable } from './field-words.js';
import { fieldsOf } from './fields.js';
import { anchor, code, duration, fenced, json, link, page } from './markdown.js';
import { classesOf } from './schema.js';

const owners: readonly Owner[] = ['api', 'scheduler', 'netd', 'host-agent', 'bus'];
const kinds = ['command', 'request', 'event', 'signal', 'bucket'] as const;

const intro = `# Messages

Generated from libs/contracts by its tests; \`npm run docs\` renews it. The same for machines: [asyncapi.json](asyncapi.json), a JSON
Schema for each class in [schemas](schemas), rights in [permissions.md](permissions.md), error codes in [errors.md](errors.md).

Payloads are JSON in UTF-8. Unknown fields are ignored; a missing or wrong one is an error that names it. Within \`v1\` only
optional fields are added. A subject's \`{token}\` is filled by the sender.

- A **command** is published and kept until its owner has settled it. Its id is the header \`Nats-Msg-Id\`, else \`ce-id\`, else
  \`seq-\` and its sequence number in the stream; a second one with the same id is not kept. It ends in one
  [outcome](#evt-operation-finished) under that id: subscribe to the outcome first, then publish. An id of other characters than
  letters, digits, \`_\`, \`=\` and \`-\`, or of more than 150, stands in the outcome's subject as \`h-\` and its SHA-256 in base64url.
  After the instant in the header \`ce-deadline\` (RFC 3339), or without one after the time given below, it is refused, never begun.
- A **request** is answered now, by any replica of its owner. An error reply has the headers \`Virtbus-Error-Code\`,
  \`Nats-Service-Error-Code\` and \`Nats-Service-Error\`, and the body \`{"code","message","libvirt","domain","path"}\`.
- An **event** has happened. It is kept for ${duration(streams.events.maxAgeMs)} in \`${streams.events.name}\` and can be replayed from any sequence.
- A **signal** is told to whoever listens at that moment, and kept nowhere. It has no headers, and some may be left out.
- A **bucket** holds facts: one JetStream key-value bucket, one key for each, written by its owner alone. Anyone may watch it.
- What could not be handled is put aside as a **dead letter**, for ${duration(streams.deadLetters.maxAgeMs)}: on \`virtbus.v1.dead.\` and its subject, with its own
  headers and \`Virtbus-Dead-Reason\`, \`Virtbus-Dead-Code\`.

Headers are those of CloudEvents 1.0 in NATS binary mode and W3C's \`traceparent\`; a sender may leave out all of them.
`;

/** docs/generated/messages.md */
export function messagesPage(contracts: readonly Contract[], comments: Comments): string {
  const groups = owners.map((owner) => ({ owner, owned: ofOwner(contracts, owner) }));
  return page([
    intro,
    ...groups.flatMap(({ owner, owned }) => contentsOf(owner, owned)),
    `- ${link('Values', '#values')}: what messages are made of`,
    ...groups.flatMap(({ owner, owned }) => [
      '',
      anchor(owner),
      `## ${titles[owner]}`,
      ...owned.flatMap((contract) => section(contract, comments)),
    ]),
    '',
    anchor('values'),
    '## Values',
    ...valuesOf(contracts).flatMap((value) => valueSection(value, comments)),
  ]);
}

function contentsOf(owner: Owner, owned: readonly Contract[]): string[] {
  const byKind = kinds.map((kind) => ({ kind, links: owned.filter((one) => one.kind === kind).map(shortLink) }));
  const filled = byKind.filter(({ links }) => links.length > 0);
  return [`- ${link(titles[owner], `#${owner}`)}`, ...filled.map(({ kind, links }) => `  - ${kind}: ${links.join(', ')}`)];
}

const titles: Readonly<Record<Owner, string>> = {
  api: 'api',
  scheduler: 'scheduler',
  netd: 'netd',
  'host-agent': 'host-agent',
  bus: 'Outcomes',
};

/** By kind, then by address. */
const ofOwner = (contracts: readonly Contract[], owner: Owner): Contract[] =>
  kinds.flatMap((kind) => contracts.filter((contract) => contract.owner === owner && contract.kind === kind));

const shortLink = (contract: Contract): string => link(code(titleOf(contract).replace('virtbus.v1.', '')), `#${anchorOf(contract)}`);

const titleOf = (contract: Contract): string => (contract.kind === 'bucket' ? contract.bucket : contract.subject);

function section(contract: Contract, comments: Comments): string[] {
  return [
    '',
    anchor(anchorOf(contract)),
    `### ${code(titleOf(contract))}`,
    '',
    contract.summary,
    '',
    particulars(contract),
    '',
    `${link(code(contract.payload.name), `schemas/${contract.payload.name}.json`)}: ${aboutClass(contract.payload, comments)}`,
    '',
    ...fieldTable(contract.payload, comments),
    '',
    ...fenced('json', json(contract.example)),
    ...answer(contract),
  ];
}

const aboutClass = ({ name }: PayloadClass, comments: Comments): string => comments.get(name) ?? 'the payload.';

function particulars(contract: Contract): string {
  const stream = streamNameOf(contract);
  return [
    contract.kind === 'bucket' ? `bucket, key ${code(contract.subject)}` : contract.kind,
    ...(stream === undefined ? ['kept in no stream'] : [`stream ${code(stream)}`]),
    `${contract.kind === 'command' || contract.kind === 'request' ? 'handled' : 'written'} by ${contract.owner === 'bus' ? 'the service that settled the command' : contract.owner}`,
    ...(contract.kind === 'command' ? [`begun within ${duration(contract.deadlineMs)} or not at all`] : []),
  ].join(' · ');
}

function answer(contract: Contract): string[] {
  if (!('reply' in contract)) return [];
  const what = contract.kind === 'command' ? 'Result in the outcome' : 'Reply';
  return [
    '',
    `${what}: ${classLink(contract.reply)}`,
    '',
    ...fenced('json', json(contract.replyExample)),
    '',
    `Errors: ${contract.errors.map((error) => link(code(error), `errors.md#${error}`)).join(', ')}`,
  ];
}

/** Replies and the classes of fields: all that is linked to. Payloads stand with their messages. */
function valuesOf(contracts: readonly Contract[]): PayloadClass[] {
  const all = classesOf(contracts);
  const replies = contracts.flatMap((contract) => ('reply' in contract ? [contract.reply] : []));
  const nested = all.flatMap((one) => fieldsOf(one).flatMap((field) => field.nested ?? []));
  const linked = new Set([...replies, ...nested]);
  return all.filter((one) => linked.has(one));
}

const valueSection = (value: PayloadClass, comments: Comments): string[] => [
  '',
  anchor(value.name.toLowerCase()),
  `### ${value.name}`,
  '',
  ...[comments.get(value.name) ?? []].flat().flatMap((words) => [words, '']),
  ...fieldTable(value, comments),
];
