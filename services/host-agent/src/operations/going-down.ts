import { Refusal, type ErrorCode, type ObjectId, type ShutdownPlacedDomain } from '@virtbus/contracts';
import type { DomainRunner } from '../domain.runner.js';
import type { GuestAgents } from './guest-agent.js';

/** What the agent is asked, as guest-shutdown of qga-ref has it. */
const modes = { shutdown: 'powerdown', reboot: 'reboot' } as const;

/** An agent that is not there, does not answer or will not is no reason to leave the button alone. */
const WITHOUT_AGENT: readonly ErrorCode[] = ['operation_unsupported', 'agent_unresponsive', 'operation_failed'];

function passOver(thrown: unknown): undefined {
  if (!(thrown instanceof Refusal) || !WITHOUT_AGENT.includes(thrown.code)) throw thrown;
  return undefined;
}

/** Asks guests of this host to go down, in libvirt's order: through the agent where one is connected, by the power button otherwise. */
export class GoingDown {
  constructor(
    private readonly runner: Pick<DomainRunner, 'beside' | 'guest' | 'perform'>,
    private readonly agents: Pick<GuestAgents, 'powerOff'>,
  ) {}

  /** @throws Refusal as `DomainRunner.perform`; where only the agent is to be asked, as `GuestAgents.powerOff` */
  async ask(verb: keyof typeof modes, order: ShutdownPlacedDomain): Promise<ObjectId> {
    if (order.mode === 'agent') return this.askAgent(verb, order);
    const mayAsk = order.mode === undefined && this.runner.guest(order.uuid)?.entry.state === 'running';
    const asked = mayAsk ? await this.askAgent(verb, order).catch(passOver) : undefined;
    return asked ?? this.runner.perform(verb, order);
  }

  /** Beside other orders: it may take as long as the guest does, which may be ended meanwhile. */
  private askAgent(verb: keyof typeof modes, order: ShutdownPlacedDomain): Promise<ObjectId> {
    return this.runner.beside(order, async (guest) => {
      guest.leaveToAgent();
      await this.agents.powerOff(guest, modes[verb]);
      return { uuid: order.uuid, name: order.name };
    });
  }
}
