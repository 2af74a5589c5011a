import { event } from '../contract.js';
import { hostId, since, uuid } from '../examples.js';
import { DomainHappening } from '../values/happening.js';

export const domainPlaced = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.placed',
  summary: 'A domain has a host.',
  owner: 'scheduler',
  payload: DomainHappening,
  example: { uuid, name: 'demo', detail: 'placed', at: since, hostId, epoch: 3 },
});
