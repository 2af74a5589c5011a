/** The fields that an answer may be cut down to. */
import type { DomainSummary, HostSummary, NetworkSummary, PoolDetail, PortRecord, SecretRecord, VolumeRecord } from '@virtbus/contracts';
import type { OperationStatus } from './bodies.js';

export const domainFields = [
  'uuid',
  'name',
  'state',
  'reason',
  'id',
  'hostId',
  'pid',
  'persistent',
  'autostart',
  'type',
  'arch',
  'vcpus',
  'memoryKiB',
  'maxMemoryKiB',
  'title',
  'project',
] as const satisfies readonly (keyof DomainSummary)[];

export const networkFields = [
  'uuid',
  'name',
  'active',
  'autostart',
  'persistent',
  'bridge',
  'project',
] as const satisfies readonly (keyof NetworkSummary)[];

export const hostFields = [
  'hostId',
  'hostname',
  'arch',
  'alive',
  'cordoned',
  'kvm',
  'cpus',
  'cpuMHz',
  'vcpusClaimed',
  'memoryMiB',
  'memoryClaimedMiB',
  'domains',
] as const satisfies readonly (keyof HostSummary)[];

export const portFields = [
  'id',
  'network',
  'networkUuid',
  'portGroup',
  'mac',
  'actual',
  'domain',
  'domainName',
  'hostId',
  'epoch',
  'allocatedAt',
  'byHand',
] as const satisfies readonly (keyof PortRecord)[];

export const operationFields = ['id', 'status', 'command', 'at', 'result', 'error'] as const satisfies readonly (keyof OperationStatus)[];

export const secretFields = ['uuid', 'usageType', 'usageId', 'xml', 'project'] as const satisfies readonly (keyof SecretRecord)[];

export const poolFields = [
  'uuid',
  'name',
  'path',
  'hostId',
  'persistent',
  'autostart',
  'active',
  'capacity',
  'allocation',
  'available',
  'project',
  'xml',
] as const satisfies readonly (keyof PoolDetail)[];

export const volumeFields = [
  'name',
  'pool',
  'hostId',
  'type',
  'format',
  'capacity',
  'allocation',
  'physical',
  'xml',
] as const satisfies readonly (keyof VolumeRecord)[];
