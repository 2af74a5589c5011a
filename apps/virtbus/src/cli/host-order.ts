import { command, done, type Command } from './command.js';
import { Failure, failed } from './failure.js';
import { FleetError } from './fleet.js';

interface HostOrderWords {
  readonly about: string;
  readonly example: string;
  /** `cordon` */
  readonly verb: string;
}

/** A command about one host's place in the fleet. */
export const hostOrder = (order: 'cordonHost' | 'uncordonHost', { about, example, verb }: HostOrderWords): Command =>
  command({
    about,
    example,
    options: { host: { kind: 'text', required: true, about: 'id of the host, as the hosts command shows it' } },
    async run({ host }, context) {
      try {
        await context.order(order, { host });
      } catch (error) {
        if (error instanceof FleetError && error.code === 'no_host') throw new Failure([`failed to get host '${host}'`], error.code);
        throw failed(`Failed to ${verb} host '${host}'`, error);
      }
      return done(`Host '${host}' ${verb}ed`, { host });
    },
  });
