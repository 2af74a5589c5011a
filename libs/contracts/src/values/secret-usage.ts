/** libvirt's names (virSecretUsageType), each at the place of its number. */
export const secretUsageTypes = ['none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'] as const;
export type SecretUsageType = (typeof secretUsageTypes)[number];
