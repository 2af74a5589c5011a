import type { Connection } from './connection.js';
import type { ConnectorWorld } from './connector.js';

/** Parts of an interface's definition that are laid on its link. One that no dressing builds is refused by name. */
export type DressingPart = 'bandwidth' | 'filterref' | 'coalesce';

/**
 * Something laid on a plugged link: traffic shaping, a packet filter. Applied after the link is made and before the guest may use it,
 * removed before the link's name is given up. An agent may die between any two steps: every method may be repeated, finds its own work,
 * and touches no other's. `connection.target` names the link.
 */
export interface Dressing {
  readonly part: DressingPart;
  /** True when all it makes is part of the link and goes with it: then it need not be in the journal before. */
  readonly volatile: boolean;
  /** Whether this interface asks for it. Decides only. */
  wanted(connection: Connection): boolean;
  /** Failures are `LinkError` or `Refusal`; what was begun is taken back. */
  apply(connection: Connection, world: ConnectorWorld): Promise<void>;
  /** The definition has changed while the guest runs. Called when either of the two wants it. */
  update(from: Connection, to: Connection, world: ConnectorWorld): Promise<void>;
  remove(connection: Connection, world: ConnectorWorld): Promise<void>;
  /** The same as `reconcile`, for what costs little: as often as the link changes, and once a minute. */
  mend?(connection: Connection): Promise<readonly string[]>;
  /** Puts right what was changed behind this agent's back. Answers what that was, a sentence each. */
  reconcile(connection: Connection, world: ConnectorWorld): Promise<readonly string[]>;
}
