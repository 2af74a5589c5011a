import { headerNames, senderSubjects } from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { Gate } from '../access/gate.js';
import { TokensView } from '../access/tokens.js';
import { FleetMemory } from '../fleet.memory.js';
import { FLEET_VIEWS, type FleetViews } from '../fleet.views.js';
import { BusFreshness } from '../rpc/adapters/bus-freshness.js';
import { Objects } from './objects.js';
import { SenderDoor } from './sender-door.js';

/** One replica answers. */
const GROUP = 'api-senders';

/** Listens once everything else is there, and answers what it has taken before the bus goes. */
export const senderDoor = {
  provide: SenderDoor,
  inject: [Bus, FLEET_VIEWS, Gate, TokensView],
  useFactory: async (bus: Bus, views: FleetViews, gate: Gate, tokens: TokensView) => {
    const door = new SenderDoor({ bus, gate, tokens, objects: new Objects(new FleetMemory(views), new BusFreshness(bus, views), gate) });
    const open = senderSubjects.map((subject) =>
      bus.answerBytes({ subject, group: GROUP }, ({ subject: sent, bytes, headers }) =>
        door.answer({ subject: sent, bytes, key: headers[headerNames.messageId] }),
      ),
    );
    await Promise.all(open.map(({ ready }) => ready));
    return Object.assign(door, { onModuleDestroy: async () => void (await Promise.all(open.map((one) => one.close()))) });
  },
};
