import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { bucket } from '../contract.js';
import { hostId, mac, networkUuid, since, uuid } from '../examples.js';
import { IsHostId, IsLibvirtUuid, IsMacAddress } from '../validators.js';

/** One interface that uses a device of a host. */
export class DeviceConnection {
  @IsLibvirtUuid() readonly networkUuid!: string;
  @IsMacAddress() readonly mac!: string;
  @IsLibvirtUuid() readonly domain!: string;
  @IsString() readonly domainName!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  /** Nobody beside it. */
  @IsBoolean() readonly exclusive!: boolean;
  /** RFC 3339. */
  @IsString() readonly takenAt!: string;
}

/** A device that networks lend, and who has it: a virtual function by its PCI address, any other link by its name. */
export class HostDeviceRecord {
  @IsHostId() readonly hostId!: string;
  @IsString() readonly device!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => DeviceConnection) readonly connections!: DeviceConnection[];
}

export const hostDeviceRecords = bucket({
  bucket: 'virtbus_host_devices',
  subject: '{hostId}.{device}',
  summary: 'Who uses each device that networks lend. The key holds the device in base64url, so that one compare-and-set decides its owner.',
  owner: 'netd',
  payload: HostDeviceRecord,
  example: {
    hostId,
    device: '0000:03:10.0',
    connections: [{ networkUuid, mac, domain: uuid, domainName: 'demo', epoch: 3, exclusive: true, takenAt: since }],
  },
});
