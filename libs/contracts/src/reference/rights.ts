/**
 * What each service may publish and subscribe to on NATS, and nothing more: its contracts, and what JetStream's own subjects
 * need for them. `{hostId}` stays in the subjects of a host-agent until a host is named.
 */
import type { BucketContract, Contract, ServiceName } from '../contract.js';
import { operationFinished } from '../outcome.contract.js';
import { senderSubjects } from '../senders.js';
import { streams } from '../streams.js';
import { inboxOf } from '../subject.js';
import { idOf, streamNameOf, subjectTemplateOf, widened } from './address.js';
import { traffic } from './traffic-table.js';

export interface Grant {
  readonly why: string;
  readonly subjects: readonly string[];
}

export interface Rights {
  readonly publish: readonly Grant[];
  readonly subscribe: readonly Grant[];
  /** Whether it may answer what it is asked, once, on the asker's inbox. */
  readonly answers: boolean;
}

interface Consumer {
  readonly stream: string;
  readonly name: string;
  readonly filter: string;
}

const HOST = '{hostId}';
const API = '$JS.API';
const inboxes = (prefix: string): Grant => ({ why: 'answers', subjects: [`${prefix}.>`] });
const outcomes = widened(operationFinished.subject);
const eventsRead = `${API}.STREAM.MSG.GET.${streams.events.name}`;

export function rightsOf(service: ServiceName, contracts: readonly Contract[]): Rights {
  const { consoles, awaitsOutcomes, listens } = traffic[service];
  const requests = subjectsOn(service, ownedBy(service, 'request', contracts));
  return {
    publish: filled([...messagesOut(service, contracts), ...jetStream(service, contracts)]),
    subscribe: filled([
      grant('requests that it answers', requests),
      grant('what known senders send', service === 'api' ? senderSubjects : []),
      grant('outcomes that it waits for', awaitsOutcomes ? [outcomes] : []),
      grant(
        'signals that it listens to',
        listens.map(({ subject }) => widened(subject)),
      ),
      grant('consoles, and bytes of volumes', consoleSubjects(consoleWays[consoles].hears)),
      inboxes(inboxOf(service, service === 'host-agent' ? HOST : undefined)),
    ]),
    answers: requests.length > 0,
  };
}

function messagesOut(service: ServiceName, contracts: readonly Contract[]): Grant[] {
  const { sends, asks, hears, consoles } = traffic[service];
  const commands = ownedBy(service, 'command', contracts);
  const settled = subjectsOn(service, [...commands, ...hears.map(({ contract }) => contract)]);
  const others = [...sends, ...asks].map((contract) => widened(contract.subject));
  return [
    grant('events that it owns', subjectsOn(service, ownedBy(service, 'event', contracts))),
    grant('signals', subjectsOn(service, ownedBy(service, 'signal', contracts))),
    grant('facts that it writes', subjectsOn(service, ownedBy(service, 'bucket', contracts))),
    grant('commands and requests to others', others),
    grant('outcomes of the commands that it settles', commands.length > 0 ? [outcomes] : []),
    grant(
      'dead letters',
      settled.map((subject) => `virtbus.v1.dead.${subject}`),
    ),
    grant('consoles, and bytes of volumes', consoleSubjects(consoleWays[consoles].says)),
  ];
}

function jetStream(service: ServiceName, contracts: readonly Contract[]): Grant[] {
  const { hears, reads, awaitsOutcomes, followsEvents } = traffic[service];
  const commands = ownedBy(service, 'command', contracts);
  const consumers = [...commandConsumers(service, commands), ...hears.map(({ contract, durable }) => eventConsumer(contract, durable))];
  return [
    grant('JetStream: what it is sent, and its acknowledgements', consumers.flatMap(consumerSubjects)),
    grant('JetStream: facts that it reads', reads.flatMap(readSubjects)),
    grant('JetStream: events that it follows', followsEvents ? watchSubjects(streams.events.name, streams.events.subjects[0]) : []),
    grant(
      'JetStream: marks of deletions that have served their time',
      ownedBy(service, 'bucket', contracts).map((one) => `${API}.STREAM.PURGE.${streamNameOf(one)}`),
    ),
    grant('JetStream: outcomes that are there already', commands.length > 0 || awaitsOutcomes ? [eventsRead] : []),
    grant(
      'JetStream: streams and buckets, made at the start',
      ['CREATE', 'INFO', 'UPDATE'].map((verb) => `${API}.STREAM.${verb}.*`),
    ),
  ];
}

export interface SenderOptions {
  /** Which commands and questions it may send. */
  readonly may: (contract: Contract) => boolean;
  /** Whether it may hear who has asked for what. */
  readonly hearsAudits: boolean;
  /** What its answers come back under. */
  readonly inbox: string;
}

/** The least that a sender of these commands and questions needs that is no service of the fleet; it follows the events, too. */
export function senderRights(contracts: readonly Contract[], { may, hearsAudits, inbox }: SenderOptions): Rights {
  const onCommands = contracts.filter((one) => streamNameOf(one) === streams.commands.name && may(one));
  const questions = contracts.filter((one) => one.kind === 'request' && one.owner === 'api' && may(one));
  const kinds = new Set(contracts.filter(({ kind }) => kind === 'event').map(({ subject }) => subject.split('.')[3] ?? ''));
  const told = [...kinds].filter((kind) => kind !== 'audit').map((kind) => `virtbus.v1.evt.${kind}.>`);
  return {
    publish: filled([
      { why: 'commands', subjects: onCommands.map((one) => one.subject) },
      { why: 'requests', subjects: questions.map((one) => one.subject) },
    ]),
    subscribe: [{ why: 'outcomes and other events', subjects: hearsAudits ? [...streams.events.subjects] : told }, inboxes(inbox)],
    answers: false,
  };
}

/** What a sender needs that the api service knows: its own subjects, and answers. It hears no events, which are everybody's. */
export const knownSenderRights = (sender: string, inbox: string): Rights => ({
  publish: [{ why: 'commands and requests', subjects: senderSubjects.map((subject) => subject.replace('*', sender)) }],
  subscribe: [inboxes(inbox)],
  answers: false,
});

const grant = (why: string, subjects: readonly string[]): Grant => ({ why, subjects });
const filled = (grants: readonly Grant[]): Grant[] => grants.filter((one) => one.subjects.length > 0);

const ownedBy = (service: ServiceName, kind: Contract['kind'], contracts: readonly Contract[]): Contract[] =>
  contracts.filter((one) => one.owner === service && one.kind === kind);

/** A host-agent speaks for its own host alone. */
const subjectsOn = (service: ServiceName, contracts: readonly Contract[]): string[] =>
  contracts
    .map(subjectTemplateOf)
    .map((template) => (service === 'host-agent' ? template.split(HOST).map(widened).join(HOST) : widened(template)));

/** As the bus library makes them: one for each kind of command, and one for all commands of a host. */
function commandConsumers(service: ServiceName, commands: readonly Contract[]): Consumer[] {
  if (service === 'host-agent') {
    return [{ stream: streams.hosts.name, name: `host_${HOST}`, filter: `virtbus.v1.host.${HOST}.cmd.>` }];
  }
  return commands.map((one) => ({ stream: streams.commands.name, name: idOf(one).replaceAll('.', '_'), filter: one.subject }));
}

const eventConsumer = (contract: Contract, name: string): Consumer => ({
  stream: streams.events.name,
  name,
  filter: widened(contract.subject),
});

const consumerSubjects = ({ stream, name, filter }: Consumer): string[] => [
  `${API}.CONSUMER.CREATE.${stream}.${name}.${filter}`,
  `${API}.CONSUMER.MSG.NEXT.${stream}.${name}`,
  `$JS.ACK.${stream}.${name}.>`,
];

/** One value from the leader, and a watch, whose consumer has a name of its own each time. */
const readSubjects = ({ bucket }: BucketContract): string[] => [
  `${API}.STREAM.MSG.GET.KV_${bucket}`,
  ...watchSubjects(`KV_${bucket}`, `$KV.${bucket}.>`),
];

const watchSubjects = (stream: string, filter: string): string[] => [
  `${API}.CONSUMER.CREATE.${stream}.*.${filter}`,
  `${API}.CONSUMER.MSG.NEXT.${stream}.*`,
  `${API}.CONSUMER.DELETE.${stream}.*`,
];

/** Bytes go in to the guest or its volume and out of it; each side says what the other hears. */
const consoleWays = {
  guest: { says: ['out'], hears: ['in'] },
  user: { says: ['in'], hears: ['out'] },
  none: { says: [], hears: [] },
} as const;
const consoleSubjects = (ways: readonly string[]): string[] =>
  ['console', 'bytes'].flatMap((what) => ways.map((way) => `virtbus.v1.${what}.*.${way}`));
