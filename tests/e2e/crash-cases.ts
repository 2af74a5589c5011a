import type { Failpoint } from '../../services/host-agent/src/failpoints.js';

export type Operation = 'start' | 'stop' | 'attach' | 'detach';
export type Connection = 'network' | 'direct';

/** The host-agent dies at a point while it does something. */
export interface Crash<O extends string = Operation> {
  readonly operation: O;
  readonly at: Failpoint;
  /** Of the interface that is plugged or unplugged; a domain that starts or stops has one of each. */
  readonly connection: Connection;
  /** Part of `npm test`; the others are for `npm run crash`. */
  readonly always: boolean;
}

type Row = readonly [at: Failpoint, connection?: Connection | 'always'];

const crashes = <O extends string>(operation: O, ...rows: readonly Row[]): Crash<O>[] =>
  rows.map(([at, mark]) => ({ operation, at, connection: mark === 'direct' ? 'direct' : 'network', always: mark === 'always' }));

/** Orders alternate as they must: what has started is stopped before it starts again. */
export const ofDomains: readonly Crash[] = [
  ...crashes(
    'start',
    ['start.allocated'],
    ['start.reserved'],
    ['plug.made'],
    ['plug.dressed', 'always'],
    ['start.journalled'],
    ['start.launched', 'always'],
    ['start.activated'],
    ['start.running'],
    ['start.told'],
  ),
  ...crashes(
    'stop',
    ['stop.ended'],
    ['stop.journalled', 'always'],
    ['unplug.undressed'],
    ['unplug.removed', 'always'],
    ['stop.unplugged'],
    ['stop.released'],
    ['stop.told'],
  ),
];

export const ofInterfaces: readonly Crash[] = [
  ...crashes(
    'attach',
    ['attach.allocated', 'always'],
    ['attach.reserved'],
    ['attach.journalled'],
    ['plug.made'],
    ['plug.made', 'direct'],
    ['plug.dressed'],
    ['plug.dressed', 'direct'],
    ['attach.descriptors_sent'],
    ['attach.netdev_added', 'always'],
    ['attach.netdev_added', 'direct'],
    ['attach.device_added'],
    ['attach.activated'],
    ['attach.recorded'],
  ),
  ...crashes(
    'detach',
    ['detach.journalled'],
    ['detach.asked'],
    ['detach.asked', 'direct'],
    ['detach.deleted', 'always'],
    ['detach.deactivated'],
    ['detach.netdev_deleted'],
    ['unplug.undressed', 'always'],
    ['unplug.undressed', 'direct'],
    ['unplug.removed'],
    ['unplug.removed', 'direct'],
    ['detach.released'],
    ['detach.recorded'],
  ),
];

/** Of filters that somebody puts on links by hand. */
export const ofBindings: readonly Crash<'bind' | 'unbind'>[] = [
  ...crashes('bind', ['bind.journalled'], ['bind.filtered', 'always'], ['bind.told']),
  ...crashes('unbind', ['unbind.journalled'], ['unbind.unfiltered', 'always'], ['unbind.told']),
];
