import { Refusal, type CreatePort, type Port, type PortOnHost, type PortRecord } from '@virtbus/contracts';
import { portOf } from './port-of.js';
import { portExists } from './port-refusals.js';
import type { Clock, PortRunner } from './port.runner.js';
import type { At, Ledger } from './ports.js';

/** On one network, of one project: whoever makes ports by hand shall leave addresses and devices for guests. */
export const MOST_BY_HAND = 256;

/** Nothing is ever placed anew for them. */
const EPOCH = 1;

/**
 * Ports that no interface of a domain has. Each is held by a UUID of its own, which is no domain's, so that nothing that a domain does
 * gives it back, and no domain is given it.
 */
export class HandPorts {
  constructor(
    private readonly runner: Pick<PortRunner, 'allocate' | 'release'>,
    private readonly ledger: Pick<Ledger, 'ofNetwork'>,
    private readonly clock: Pick<Clock, 'newId'>,
  ) {}

  /**
   * Repeating a command gives its port again.
   * @throws Refusal network_port_exists, operation_invalid (too many, or the network is not active), and as PortRunner.allocate does
   */
  async create(request: CreatePort): Promise<PortOnHost> {
    const held = await this.ledger.ofNetwork(request.networkUuid);
    const same = held.find(({ value }) => value.id === request.id)?.value;
    if (same?.byHand?.commandId === request.byHand.commandId) return { ...portOf(same), hostId: same.hostId };
    if (same) throw portExists(request.id);
    refuseMany(request, held);
    const { hostId, domainName = '', wish } = request;
    const holder = { domain: this.clock.newId(), epoch: EPOCH };
    const { ports } = await this.runner.allocate({ ...holder, domainName, hostId, ports: [wish], hand: request });
    const [port] = ports;
    if (!port) throw new Error('a port was asked for, and none came');
    await this.refuseTwin(port, holder);
    return { ...port, hostId };
  }

  /** Two may have looked before either was entered: the one that was entered first stays. */
  private async refuseTwin({ id, networkUuid, mac }: Port, holder: Pick<PortRecord, 'domain' | 'epoch'>): Promise<void> {
    const twins = (await this.ledger.ofNetwork(networkUuid)).filter(({ value }) => value.id === id);
    const [first] = twins.toSorted((a, b) => a.revision - b.revision);
    if (!first || first.value.mac === mac) return;
    await this.runner.release({ ...holder, ports: [{ networkUuid, mac }] });
    throw portExists(id);
  }
}

function refuseMany({ byHand: { project }, wish: { network } }: CreatePort, held: readonly At<PortRecord>[]): void {
  const own = held.filter(({ value: { byHand } }) => byHand && byHand.project === project);
  if (own.length < MOST_BY_HAND) return;
  const words = `network '${network}' has ${MOST_BY_HAND} ports that were made by hand: delete those that nobody needs`;
  throw new Refusal('operation_invalid', `Requested operation is not valid: ${words}`, { domain: 19 });
}
