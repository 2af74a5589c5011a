import { command } from '../command.js';
import { isMatching, monitorTellings, monitorWords } from '../monitor-words.js';
import { EventWait } from '../event-wait.js';
import { Failure } from '../failure.js';
import { findDomain } from '../references.js';

export default command({
  about:
    "Wait for what QEMU's monitors say and print it; over the bus alone. A host passes on 20 a second of one guest, and says how many it left out. With --json each is a document on a line of its own.",
  example: 'virtbus qemu-monitor-event --domain web --loop',
  options: {
    domain: { kind: 'text', namedOnly: true, about: 'only of this domain: number, name or UUID' },
    event: { kind: 'text', namedOnly: true, about: 'only events of this name' },
    pretty: { kind: 'flag', about: 'lay out the JSON' },
    loop: { kind: 'flag', about: 'go on until the time is over or Ctrl-C, not only for one event' },
    timeout: { kind: 'number', namedOnly: true, about: 'seconds after which the waiting ends' },
    regex: { kind: 'flag', about: 'the name is a regular expression' },
    'no-case': { kind: 'flag', about: 'small and capital letters are the same' },
    timestamp: { kind: 'flag', about: 'print when each event happened' },
  },
  async run({ domain: text, event, pretty, loop, timeout, regex, 'no-case': noCase, timestamp }, context) {
    const matches = isMatching({ event, regex, noCase });
    if (!matches) throw new Failure([`invalid argument: failed to compile regex '${event ?? ''}'`], 'invalid_argument', { libvirt: 8 });
    const domain = text === undefined ? undefined : await findDomain(context, text);
    const fleet = await context.fleet();
    const wait = new EventWait(context, { once: !loop, timeoutSeconds: timeout });
    const exitStatus = await wait.run(() =>
      fleet.hearMonitors((said) => {
        for (const one of monitorTellings(said, matches)) wait.tell(one, () => monitorWords(one, { pretty, timestamp }));
      }, domain?.uuid),
    );
    return { exitStatus };
  },
});
