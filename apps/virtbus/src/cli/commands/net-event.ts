import { command, told } from '../command.js';
import { networkEventTypes } from '../core/happened.js';
import { EventLoop } from '../event-loop.js';
import { Failure } from '../failure.js';
import { findNetwork, networkMissing } from '../references.js';

export default command({
  about: 'Wait for something to happen to a network and print it. With --json each event is a document on a line of its own.',
  example: 'virtbus net-event --event lifecycle --loop --timestamp',
  options: {
    network: { kind: 'text', namedOnly: true, about: 'only events of this network: name or UUID' },
    event: { kind: 'text', about: `which type of event: ${networkEventTypes.join(', ')}` },
    loop: { kind: 'flag', about: 'go on until the time is over or Ctrl-C, not only for one event' },
    timeout: { kind: 'number', about: 'seconds after which the waiting ends' },
    list: { kind: 'flag', about: 'list the types of events' },
    timestamp: { kind: 'flag', about: 'print when each event happened' },
  },
  async run({ network: text, event, loop, timeout, list, timestamp }, context) {
    if (list) return told(networkEventTypes, networkEventTypes);
    if (event === undefined) throw new Failure(['either --list or --event <type> is required'], 'usage');
    if (!networkEventTypes.some((type) => type === event)) throw new Failure([`unknown event type ${event}`], 'usage');
    const network = text === undefined ? undefined : await findNetwork(context, text, ['uuid', 'name']);
    if (text !== undefined && !network) throw networkMissing(text);
    const about = { kind: 'network', uuid: network?.uuid } as const;
    const events = new EventLoop(context, { types: ['lifecycle'], ...about, once: !loop, timeoutSeconds: timeout, timestamp });
    return { exitStatus: await events.run() };
  },
});
