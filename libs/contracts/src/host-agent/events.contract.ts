import { event } from '../contract.js';
import { hostId, since, uuid } from '../examples.js';
import { DomainHappening } from '../values/happening.js';

const happened = (summary: string, detail: string) => ({
  summary,
  owner: 'host-agent' as const,
  payload: DomainHappening,
  example: { uuid, name: 'demo', detail, at: since, hostId, epoch: 3 },
});

export const domainStarted = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.started',
  ...happened("A guest's QEMU is up; unless it was started paused, its processors run.", 'booted'),
});
export const domainSuspended = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.suspended',
  ...happened("A guest's processors stopped.", 'paused'),
});
export const domainResumed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.resumed',
  ...happened("A guest's processors run (again).", 'unpaused'),
});
export const domainShutdown = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.shutdown',
  ...happened('A guest is going down: it asked to, or its host ended it.', 'guest'),
});
export const domainStopped = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.stopped',
  ...happened('Nothing of the domain is left on its host.', 'shutdown'),
});
export const domainRebooted = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.rebooted',
  ...happened('A guest was reset.', 'reset'),
});
export const domainCrashed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.crashed',
  ...happened('A guest panicked.', 'panicked'),
});
export const domainPmsuspended = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.pmsuspended',
  ...happened('A guest put itself to sleep.', 'memory'),
});
export const deviceAdded = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.deviceadded',
  ...happened('A device was plugged into a running guest; `detail` is its alias.', 'net1'),
});
export const deviceRemoved = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.deviceremoved',
  ...happened('A running guest has let a device go; `detail` is its alias.', 'net1'),
});
export const deviceRemovalFailed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.deviceremovalfailed',
  ...happened('A guest refused to let a device go; `detail` is its alias.', 'net1'),
});
