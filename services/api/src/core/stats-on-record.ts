import { stateNumbers, type DomainStats, type DomainSummary, type StatsGroup } from '@virtbus/contracts';

export type OnRecord = Pick<DomainSummary, 'state' | 'reason' | 'memoryKiB' | 'maxMemoryKiB' | 'vcpus'>;

/** What is known of a domain without asking its host. */
export function statsOnRecord(domain: OnRecord, groups: readonly StatsGroup[] | undefined): DomainStats['stats'] {
  const wants = (group: StatsGroup): boolean => groups?.includes(group) ?? true;
  const { number, reasons } = stateNumbers[domain.state];
  const known: Readonly<Record<string, number>> = reasons;
  return {
    ...(wants('state') ? { 'state.state': number, 'state.reason': known[domain.reason] ?? 0 } : {}),
    ...(wants('balloon') ? { 'balloon.current': domain.memoryKiB, 'balloon.maximum': domain.maxMemoryKiB } : {}),
    ...(wants('vcpu') ? { 'vcpu.current': domain.vcpus, 'vcpu.maximum': domain.vcpus } : {}),
  };
}
