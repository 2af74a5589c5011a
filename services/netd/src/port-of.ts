import type { Port, PortRecord } from '@virtbus/contracts';

/** What is told of a port: nothing of who has it. */
export const portOf = ({ id, network, networkUuid, portGroup, mac, actual, addresses }: PortRecord): Port => ({
  id,
  network,
  networkUuid,
  ...(portGroup === undefined ? {} : { portGroup }),
  mac,
  actual,
  ...(addresses ? { addresses } : {}),
});
