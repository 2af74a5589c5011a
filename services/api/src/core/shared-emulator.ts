/** What every host's emulator has: a guest that is told of may be placed on any of them. */
import type { EmulatorFacts } from '@virtbus/contracts';
import type { EmulatorDescription } from '@virtbus/libvirt-xml';
import { commonEmulator } from './common-emulator.js';

type Machine = EmulatorFacts['machines'][number];
type Cpus = NonNullable<EmulatorDescription['cpus']>;

/** The oldest, less what any other lacks; undefined when no host has one. */
export function sharedEmulator(emulators: readonly EmulatorFacts[], target: string): EmulatorDescription | undefined {
  const oldest = commonEmulator(emulators, target);
  if (!oldest) return undefined;
  const all = emulators.filter((each) => each.target === target);
  const { binary, version } = oldest;
  return {
    ...{ binary, target, version },
    machines: oldest.machines.flatMap((machine) => sharedMachine(machine, all)),
    devices: inAll(all.map(({ devices }) => devices)),
    objects: inAll(all.map(({ objects = [] }) => objects)),
    commands: inAll(all.map(({ commands = [] }) => commands)),
    cpus: sharedCpus(all.map(({ cpus = [] }) => cpus)),
  };
}

/** In the order of the first. */
const inAll = ([first = [], ...others]: readonly (readonly string[])[]): readonly string[] => {
  const sets = others.map((list) => new Set(list));
  return first.filter((word) => sets.every((set) => set.has(word)));
};

/** With as many processors as each host gives it. */
function sharedMachine(machine: Machine, all: readonly EmulatorFacts[]): Machine[] {
  const everywhere = all.flatMap(({ machines }) => machines.find(({ name }) => name === machine.name) ?? []);
  if (everywhere.length < all.length) return [];
  const limits = everywhere.flatMap(({ cpuMax }) => cpuMax ?? []);
  return [limits.length === 0 ? machine : { ...machine, cpuMax: Math.min(...limits) }];
}

/** Runnable where it is so on every host; on its way out where any host says that. */
function sharedCpus([first = [], ...others]: readonly Cpus[]): Cpus {
  return first.flatMap(({ name }) => {
    const everywhere = [first, ...others].flatMap((cpus) => cpus.find((one) => one.name === name) ?? []);
    if (everywhere.length < others.length + 1) return [];
    const deprecated = everywhere.some((one) => one.deprecated);
    return [{ name, runnable: everywhere.every(({ runnable }) => runnable), ...(deprecated && { deprecated }) }];
  });
}
