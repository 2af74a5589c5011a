import type { CommandContract, PayloadOf, ReplyOf } from '@virtbus/contracts';
import type { DomainRunner } from '../../domain.runner.js';
import type { Owned } from '../../fleet.memory.js';
import type { NetworkRunner } from '../../network.runner.js';
import type { PoolRunner } from '../../pools/pool.runner.js';
import type { VolumeRunner } from '../../pools/volume.runner.js';
import type { PrivateQuestions } from './private-questions.js';
import type { SimulatedHypervisor } from './simulated-hypervisor.js';
import type { SimulatedStorage } from './simulated-storage.js';

export interface PrivateServices {
  readonly domains: DomainRunner;
  readonly networks: NetworkRunner;
  readonly pools: PoolRunner;
  readonly volumes: VolumeRunner;
  readonly storage: SimulatedStorage;
  readonly hypervisor: SimulatedHypervisor;
  readonly questions: PrivateQuestions;
  readonly newUuid: () => string;
  /** An event of the private fleet: `virtbus.v1.evt.<kind>.<uuid>.<what>` and its payload. */
  readonly tell: (kind: Owned, what: string, happening: { readonly uuid: string; readonly name: string }) => void;
  readonly now: () => string;
}

export type Carried = (payload: never) => Promise<object>;
/** A row of the table of commands: what is done on one. */
export const on = <C extends CommandContract>(contract: C, act: (payload: PayloadOf<C>) => Promise<ReplyOf<C>>): [string, Carried] => [
  contract.subject,
  act,
];
