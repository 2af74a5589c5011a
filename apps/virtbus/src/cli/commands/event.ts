import { command, told } from '../command.js';
import { eventTypes } from '../core/happened.js';
import { EventLoop, typesWanted } from '../event-loop.js';
import { Failure } from '../failure.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Wait for something to happen to a domain and print it. With --json each event is a document on a line of its own.',
  example: 'virtbus event --event lifecycle --loop --timestamp',
  options: {
    domain: { kind: 'text', about: 'only events of this domain: number, name or UUID' },
    event: { kind: 'text', about: `only events of this type: ${eventTypes.join(', ')}` },
    all: { kind: 'flag', about: 'events of every type' },
    loop: { kind: 'flag', about: 'go on until the time is over or Ctrl-C, not only for one event' },
    timeout: { kind: 'number', about: 'seconds after which the waiting ends' },
    list: { kind: 'flag', about: 'list the types of events' },
    timestamp: { kind: 'flag', about: 'print when each event happened' },
  },
  async run({ domain: text, event, all, loop, timeout, list, timestamp }, context) {
    if (list && all) throw new Failure(['Options --list and --all are mutually exclusive'], 'usage');
    if (list) return told(eventTypes, eventTypes);
    const types = typesWanted(event, all);
    const domain = text === undefined ? undefined : await findDomain(context, text);
    const events = new EventLoop(context, { types, uuid: domain?.uuid, once: !loop, timeoutSeconds: timeout, timestamp });
    return { exitStatus: await events.run() };
  },
});
