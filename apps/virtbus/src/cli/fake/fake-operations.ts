import type { Answer, Order, OrderPayload, Question, QuestionPayload, Result } from '../fleet.js';
import { refuse } from './fake-domains.js';
import type { FakeState } from './fake-state.js';

type Questions<N extends Question> = { readonly [Name in N]: (payload: QuestionPayload<Name>) => Answer<Name> };
type Orders<N extends Order> = { readonly [Name in N]: (payload: OrderPayload<Name>) => Result<Name> };

/** A picture of five bytes, which comes in pieces of three. */
const PICTURE = Buffer.from('\u0089PNG!', 'latin1');
const PIECE = 3;

export const fakeOperationQuestions = (state: FakeState): Questions<'getDomainMetadata' | 'getDomainStats' | 'takeScreenshot'> => ({
  getDomainMetadata: ({ domain, kind, uri }) => {
    const value = state.metadata.get(`${state.domain(domain).uuid} ${kind} ${uri ?? ''}`);
    return value === undefined ? refuse('no_domain_metadata', `metadata not found: Requested metadata element is not present`) : { value };
  },
  getDomainStats: ({ domains = [...state.domains].filter(({ id }) => id !== undefined).map(({ uuid }) => uuid), groups }) => ({
    records: domains.map((reference) => ({
      uuid: state.domain(reference).uuid,
      stats: Object.fromEntries(
        Object.entries(state.stats).filter(([name]) => !groups || groups.some((group) => prefixes[group] === name.split('.')[0])),
      ),
    })),
  }),
  takeScreenshot: ({ domain, offset = 0 }) => {
    state.active(domain);
    const data = PICTURE.subarray(offset, offset + PIECE).toString('base64');
    return { id: 'one', mimeType: 'image/png', bytes: PICTURE.length, offset, data };
  },
});

const prefixes = { state: 'state', 'cpu-total': 'cpu', balloon: 'balloon', vcpu: 'vcpu', interface: 'net', block: 'block' } as const;

type Operation =
  | 'putGuestToSleep'
  | 'wakeGuest'
  | 'setBlockThreshold'
  | 'injectNmi'
  | 'resizeDisk'
  | 'setGuestTime'
  | 'askGuest'
  | 'runAgentCommand'
  | 'runMonitorCommand'
  | 'sendKeys'
  | 'setDomainMemory'
  | 'setDomainMetadata'
  | 'setDomainVcpus'
  | 'tuneInterface'
  | 'tuneDisk'
  | 'pinThread';

type Told = 'putGuestToSleep' | 'wakeGuest' | 'injectNmi' | 'setGuestTime' | 'sendKeys';

/** What a guest is told, and nobody sees anything of afterwards. */
const fakeTellings = (state: FakeState): Orders<Told> => ({
  putGuestToSleep: ({ domain }) => idOf(state.active(domain)),
  wakeGuest: ({ domain }) => idOf(state.active(domain)),
  injectNmi: ({ domain }) => idOf(state.active(domain)),
  setGuestTime: ({ domain }) => idOf(state.active(domain)),
  sendKeys: ({ domain }) => idOf(state.active(domain)),
});

export const fakeOperations = (state: FakeState): Orders<Operation> => ({
  ...fakeTellings(state),
  setBlockThreshold: ({ domain, threshold: { disk } }) => {
    const found = state.active(domain);
    if (!found.xml.includes(`'${disk}'`)) refuse('invalid_argument', `invalid argument: failed to find disk '${disk}'`);
    return idOf(found);
  },
  resizeDisk: ({ domain, size: { disk } }) => {
    const found = state.active(domain);
    if (!found.xml.includes(`'${disk}'`)) refuse('invalid_argument', `invalid argument: disk '${disk}' was not found in the domain config`);
    return idOf(found);
  },
  runMonitorCommand: ({ domain, monitor }) => {
    state.active(domain);
    return { output: monitor.hmp ? 'VM status: running\r\n' : '{"return":{"running":true},"id":"virtbus-1"}' };
  },
  askGuest: ({ domain }) => state.active(domain) && { output: state.agentAnswer },
  runAgentCommand: ({ domain }) => {
    state.active(domain);
    return { output: state.agentAnswer };
  },
  setDomainMemory: ({ domain, memoryKiB, maximum = false }) => {
    const found = state.domain(domain);
    if (maximum && found.id !== undefined) {
      return refuse('operation_invalid', 'Requested operation is not valid: cannot resize the maximum memory on an active domain');
    }
    if (!maximum && memoryKiB > found.maxMemoryKiB)
      return refuse('invalid_argument', 'invalid argument: cannot set memory higher than max memory');
    return idOf(Object.assign(found, maximum ? { maxMemoryKiB: memoryKiB } : { memoryKiB }));
  },
  setDomainVcpus: ({ domain, vcpus }) => idOf(Object.assign(state.domain(domain), { vcpus })),
  tuneInterface: ({ domain, tuning: { device } }) => {
    const found = state.domain(domain);
    return found.xml.includes(device) ? idOf(found) : refuse('invalid_argument', `invalid argument: '${device}' is not a known interface`);
  },
  tuneDisk: ({ domain, tuning: { disk } }) => {
    const found = state.domain(domain);
    return found.xml.includes(disk) ? idOf(found) : refuse('invalid_argument', `invalid argument: disk '${disk}' not found in domain`);
  },
  pinThread: ({ domain }) => idOf(state.domain(domain)),
  setDomainMetadata: ({ domain, metadata: { kind, uri = '', value } }) => {
    const found = state.domain(domain);
    const key = `${found.uuid} ${kind} ${uri}`;
    if (value === undefined) state.metadata.delete(key);
    else state.metadata.set(key, value);
    return idOf(found);
  },
});

const idOf = ({ uuid, name }: { readonly uuid: string; readonly name: string }) => ({ uuid, name });
