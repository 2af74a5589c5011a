/** Questions whose answers are about many domains at once: of another project's nothing is said, whichever way they are asked. */
import * as contracts from '@virtbus/contracts';
import { noNetworkPort, Refusal, type PayloadOf, type ReplyOf, type RequestContract } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { everyPage } from './every-page.js';
import type { Sight } from './sight.js';

export type Ask = <C extends RequestContract>(contract: C, payload: PayloadOf<C>) => Promise<ReplyOf<C>>;

/** Of the fleet's own services. */
export const askOver =
  (bus: Pick<Bus, 'request'>): Ask =>
  <C extends RequestContract>(contract: C, payload: PayloadOf<C>) => {
    const request: RequestContract = contract;
    return bus.request(request, payload, {}) as Promise<ReplyOf<C>>;
  };

interface Asker {
  readonly sight: Sight;
  readonly ask: Ask;
}

type Asked = (payload: never, of: Asker) => Promise<object>;

const on = <C extends RequestContract>(contract: C, asked: (payload: PayloadOf<C>, of: Asker) => Promise<ReplyOf<C>>): [string, Asked] => [
  contract.subject,
  asked,
];

const ofSeen: ReadonlyMap<string, Asked> = new Map([
  on(contracts.listLeases, async (payload, { sight, ask }) => {
    const { leases } = await ask(contracts.listLeases, payload);
    return { leases: leases.filter(({ mac }) => sight.knowsMac(payload.network, mac)) };
  }),
  on(contracts.listNetworkPorts, async (payload, { sight, ask }) => {
    const { ports } = await ask(contracts.listNetworkPorts, payload);
    return { ports: ports.filter((port) => sight.hasPort(port, payload.network)) };
  }),
  on(contracts.getNetworkPortXml, async (payload, { sight, ask }) => {
    const { network, port } = payload;
    const { ports } = await ask(contracts.listNetworkPorts, { network });
    const found = ports.find(({ uuid }) => uuid === port.toLowerCase());
    if (!found || !sight.hasPort(found, network)) throw noNetworkPort(port);
    return ask(contracts.getNetworkPortXml, payload);
  }),
  on(contracts.listNwfilterBindings, async (payload, { sight, ask }) => {
    const { bindings, ...next } = await ask(contracts.listNwfilterBindings, payload);
    return { ...next, bindings: bindings.filter(({ domain }) => sight.has('domain', domain)) };
  }),
  on(contracts.getNwfilterBindingXml, async (payload, { sight, ask }) => {
    const bindings = await everyPage(async (page) => {
      const { bindings: items, ...next } = await ask(contracts.listNwfilterBindings, page);
      return { items, ...next };
    });
    const { portDev, hostId: wanted } = payload;
    const own = bindings.filter((one) => one.portDev === portDev && sight.has('domain', one.domain));
    const [found, another] = own.filter(({ hostId }) => wanted === undefined || hostId === wanted);
    if (!found) throw noBinding(portDev);
    // Hosts name their links alike: another project's guest elsewhere is none of the caller's business.
    return ask(contracts.getNwfilterBindingXml, another ? payload : { portDev, hostId: found.hostId });
  }),
  on(contracts.listDomains, async (payload, { sight, ask }) => {
    const { domains, ...next } = await ask(contracts.listDomains, payload);
    return { ...next, domains: domains.filter(({ uuid }) => sight.has('domain', uuid)) };
  }),
  on(contracts.listNetworks, async (payload, { sight, ask }) => {
    const { networks, ...next } = await ask(contracts.listNetworks, payload);
    return { ...next, networks: networks.filter(({ uuid }) => sight.has('network', uuid)) };
  }),
  on(contracts.listSecrets, async (payload, { sight, ask }) => {
    const { secrets, ...next } = await ask(contracts.listSecrets, payload);
    return { ...next, secrets: secrets.filter(({ uuid }) => sight.has('secret', uuid)) };
  }),
  on(contracts.listPools, async (payload, { sight, ask }) => {
    const { pools, ...next } = await ask(contracts.listPools, payload);
    return { ...next, pools: pools.filter(({ uuid }) => sight.has('pool', uuid)) };
  }),
  on(contracts.getDomainStats, async (payload, { sight, ask }) => {
    const { records, ...next } = await ask(contracts.getDomainStats, payload);
    return { ...next, records: records.filter(({ uuid }) => sight.has('domain', uuid)) };
  }),
]);

/** Whether of its answer only what is the asker's is left, though the question names nothing of anybody's. */
export const isCut = ({ subject }: RequestContract): boolean => ofSeen.has(subject);

export const noBinding = (portDev: string): Refusal =>
  new Refusal('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);

/** Asks for somebody who may not see everything. @throws Refusal the contract's own, and as if what is hidden were not there */
export async function askSeen<C extends RequestContract>(contract: C, payload: PayloadOf<C>, of: Asker): Promise<ReplyOf<C>> {
  const asked = of.sight.isBound ? ofSeen.get(contract.subject) : undefined;
  return asked ? ((await asked(payload as never, of)) as ReplyOf<C>) : of.ask(contract, payload);
}
