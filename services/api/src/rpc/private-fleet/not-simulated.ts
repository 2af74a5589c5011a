import { Refusal } from '@virtbus/contracts';

/** What nobody simulates. A client reads libvirt's words for a function that a driver does not have: only its door knows the name. */
export class NotSimulated extends Refusal {
  constructor(what: string) {
    super('config_unsupported', `${what} is not simulated`);
  }
}
