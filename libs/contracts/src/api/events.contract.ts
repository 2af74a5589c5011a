import { event } from '../contract.js';
import { networkUuid, since, uuid } from '../examples.js';
import { DomainHappening, NetworkHappening } from '../values/happening.js';

const domain = (what: string, detail: string) => ({
  owner: 'api' as const,
  payload: DomainHappening,
  example: { uuid, name: 'demo', detail, at: since },
  summary: `A domain was ${what}.`,
});

const network = (what: string) => ({
  owner: 'api' as const,
  payload: NetworkHappening,
  example: { uuid: networkUuid, name: 'lab', at: since, activation: 1 },
  summary: `A network was ${what}.`,
});

export const domainDefined = event({ subject: 'virtbus.v1.evt.domain.{uuid}.defined', ...domain('defined', 'added') });
export const domainUndefined = event({ subject: 'virtbus.v1.evt.domain.{uuid}.undefined', ...domain('undefined', 'removed') });
export const networkDefined = event({ subject: 'virtbus.v1.evt.network.{uuid}.defined', ...network('defined') });
export const networkUndefined = event({ subject: 'virtbus.v1.evt.network.{uuid}.undefined', ...network('undefined') });
export const networkStarted = event({ subject: 'virtbus.v1.evt.network.{uuid}.started', ...network('started') });
export const networkStopped = event({ subject: 'virtbus.v1.evt.network.{uuid}.stopped', ...network('stopped') });
