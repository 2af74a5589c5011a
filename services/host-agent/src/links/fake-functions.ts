import type { AssignedFunctions, FormerFunction, FunctionPlan } from '../sriov/assigned-functions.js';
import { LinkError } from './link-error.js';

/** Virtual functions in memory: those of `free` are there, and `given` says who has what. */
export class FakeFunctions implements Pick<AssignedFunctions, 'prepare' | 'giveUp' | 'assign' | 'giveBack' | 'mend'> {
  readonly free = new Set<string>();
  readonly given = new Map<string, FunctionPlan>();

  prepare(plan: FunctionPlan): FormerFunction {
    const { address, managed, owner } = plan;
    if (!this.free.has(address)) throw new LinkError('device_missing', `PCI device ${address} is not on this host`);
    const user = this.given.get(address)?.owner;
    if (user) throw new LinkError('device_busy', `PCI device ${address} is in use by domain ${user.name}`);
    return { ...former, address, owner: owner.uuid, ownerName: owner.name, managed };
  }

  giveUp(): void {
    // Nothing is promised that is not given.
  }

  async assign(plan: FunctionPlan): Promise<void> {
    this.given.set(plan.address, plan);
  }

  async giveBack({ address, owner }: FormerFunction): Promise<void> {
    if (this.given.get(address)?.owner.uuid === owner) this.given.delete(address);
  }

  mend(): readonly string[] {
    return [];
  }
}

const former = {
  physical: 'pf0',
  number: 0,
  adminMac: '00:00:00:00:00:00',
  vlan: 0,
  linkMac: '',
  driver: 'igbvf',
  managed: false,
} as const;
