import type { RxFilter } from '@virtbus/contracts';
import type { Made } from '../core/interface-record.js';
import type { Links } from '../links/links.js';
import type { HostLog } from '../ports.js';
import type { Connection, Handover } from './connection.js';

/** What connectors and dressings act through. */
export interface ConnectorWorld {
  readonly links: Links;
  readonly log: HostLog;
}

/** What is to be in the journal before anything is made. */
export interface Reserved {
  readonly target?: string;
  readonly made?: Made;
}

/** `target` and `made` when they came out otherwise than reserved. */
export interface Plugged extends Reserved {
  readonly handover: Handover;
}

/**
 * One kind of connection. The steps come in this order, each with what the one before has left in the journal:
 *
 *     reserve → plug → (dressings) → QEMU has it → activate ⇄ deactivate → QEMU has let go → (dressings off) → unplug
 *
 * An agent may die between any two. Therefore `unplug` finds by itself what was made, removes no other's, and may be repeated, also when
 * `plug` never ran; `activate` and `reconcile` may be repeated. Failures are `LinkError` or `Refusal`.
 */
export interface Connector {
  /** True when what `plug` makes goes with this process unless QEMU holds it: then it need not be in the journal before. */
  readonly volatile: boolean;
  /** Refuses what cannot be done, and holds the name of what is to be made. Nothing on the host changes. */
  reserve(connection: Connection, world: ConnectorWorld): Promise<Reserved>;
  /** Frees what `reserve` has held beside the name. Repeating it does nothing. */
  giveUp?(connection: Connection, world: ConnectorWorld): void;
  /** Makes it; on failure nothing of it is left. */
  plug(connection: Connection, world: ConnectorWorld): Promise<Plugged>;
  /** The guest may send and receive from now on: before `cont`, after `device_add`. */
  activate(connection: Connection, world: ConnectorWorld): Promise<void>;
  /** The other half: the processors have stopped, or the device is about to go. */
  deactivate(connection: Connection, world: ConnectorWorld): Promise<void>;
  unplug(connection: Connection, world: ConnectorWorld): Promise<void>;
  /**
   * Moves what is plugged to where the changed definition says (`target` stays), and leaves it as it was on failure. A kind without it
   * cannot change while the guest runs.
   */
  change?(from: Connection, to: Connection, world: ConnectorWorld, now: { readonly active: boolean }): Promise<void>;
  /**
   * A trusted guest has changed what its card lets through: the host follows. Answers what is now to be on record, when that has changed.
   */
  follow?(connection: Connection, filter: RxFilter, world: ConnectorWorld, now: { readonly active: boolean }): Promise<Made | undefined>;
  /** Puts right what was changed behind this agent's back. Answers what that was, a sentence each. */
  reconcile(connection: Connection, world: ConnectorWorld, now: { readonly active: boolean }): Promise<readonly string[]>;
}

/** For steps that a kind of connection does not have. */
export const nothing = {
  activate: async () => undefined,
  deactivate: async () => undefined,
  unplug: async () => undefined,
  reconcile: async () => [],
} satisfies Partial<Connector>;
