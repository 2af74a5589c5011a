import { event } from '../contract.js';
import { hostId, mac, portId, since, uuid } from '../examples.js';
import { PortHappening } from '../values/happening.js';

const example = { port: portId, network: 'lab', domain: uuid, mac, hostId, at: since };

export const portAllocated = event({
  subject: 'virtbus.v1.evt.port.{port}.allocated',
  summary: 'A network port was allocated.',
  owner: 'netd',
  payload: PortHappening,
  example: { what: 'allocated', ...example },
});

export const portReleased = event({
  subject: 'virtbus.v1.evt.port.{port}.released',
  summary: 'A network port was given back.',
  owner: 'netd',
  payload: PortHappening,
  example: { what: 'released', ...example },
});
