import type { Owner } from '@virtbus/contracts';
import type { BusOwner } from './names.js';

/** A write to a fact, or an event about one, that another service owns: a bug in the writer. */
export class WrongOwner extends Error {
  override readonly name = 'WrongOwner';

  constructor(fact: string, owner: Owner, writer: BusOwner) {
    super(`${writer} may not write ${fact}: ${owner} owns it`);
  }
}
