import { command } from '../command.js';
import { Failure } from '../failure.js';

export default command({
  about: `Run the whole fleet on this machine: a NATS server, unless one is named, and all services.
Ctrl-C ends them; guests run on and are found again by the next start.`,
  example: 'virtbus up --host-id host-a',
  options: {
    'state-dir': { kind: 'text', namedOnly: true, about: 'folder for everything that must outlive the fleet' },
    'nats-url': { kind: 'text', namedOnly: true, about: 'address of a NATS server to use instead of starting one' },
    'host-id': { kind: 'text', namedOnly: true, about: "this host's id; its name by default" },
    separate: { kind: 'flag', about: 'every service in a process of its own' },
    netns: { kind: 'text', namedOnly: true, about: 'network namespace for bridges and taps, by name' },
  },
  async run({ 'state-dir': stateDir, 'nats-url': natsUrl, 'host-id': hostId, separate, netns }) {
    const { NotStarted, runUp } = await import('../../up/index.js');
    const exitStatus = await runUp({ stateDir, natsUrl, hostId, separate, netns }).catch((error: unknown) => {
      throw error instanceof NotStarted ? new Failure(['The fleet did not start', error.message], 'not_started') : error;
    });
    return { exitStatus, bare: true };
  },
});
