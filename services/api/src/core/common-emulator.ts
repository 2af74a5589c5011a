import type { EmulatorFacts } from '@virtbus/contracts';

/**
 * The emulator that definitions are filled in for: the oldest of the fleet, so that what it names runs on every host; the lowest
 * host id among equals, so that the same fleet gives the same answer.
 */
export function commonEmulator(known: readonly EmulatorFacts[], arch: string): EmulatorFacts | undefined {
  const [oldest] = known.filter((facts) => facts.target === arch).toSorted((a, b) => byVersion(a, b) || (a.hostId < b.hostId ? -1 : 1));
  return oldest;
}

function byVersion(a: EmulatorFacts, b: EmulatorFacts): number {
  for (const [index, part] of a.version.entries()) {
    const difference = part - (b.version[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
