/** The groups of counters that can be asked for by themselves, by virsh's option names. */
export const statsGroups = ['state', 'cpu-total', 'balloon', 'vcpu', 'interface', 'block'] as const;
export type StatsGroupName = (typeof statsGroups)[number];
