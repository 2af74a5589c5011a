import type { Guest } from './guest.js';

/**
 * One kind of device, as it is changed in a running guest. Commands may come twice: `by` is the command's id, and what it has done is on
 * record under it (`wasDone`). An agent may die anywhere in between; `recover` finds what is half done.
 */
export interface DeviceKind {
  /** @throws Refusal, LibvirtError, LinkError, QmpError: nothing is left of it */
  attach(guest: Guest, xml: string, by: string): Promise<void>;
  detach(guest: Guest, xml: string, by: string): Promise<void>;
  update(guest: Guest, xml: string, by: string): Promise<void>;
  /** Whether a device of this kind has the alias. */
  has(guest: Guest, alias: string): boolean;
  detachAlias(guest: Guest, alias: string, by: string): Promise<void>;
  /** QEMU has let a device go that nobody waited for. */
  removed(guest: Guest, alias: string): Promise<void>;
  /** A guest refuses to let a device go that nobody waits for any more. */
  rejected(guest: Guest, alias: string): Promise<void>;
  /** After a restart of the agent: `present` are the devices that QEMU has. */
  recover(guest: Guest, present: ReadonlySet<string>): Promise<void>;
}
