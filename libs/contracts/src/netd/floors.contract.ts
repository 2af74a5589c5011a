import { Type } from 'class-transformer';
import { IsArray, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { bucket } from '../contract.js';
import { mac, networkUuid, since, uuid } from '../examples.js';
import { IsLibvirtUuid, IsMacAddress } from '../validators.js';

/** What is guaranteed to one interface of what its network lets in. */
export class FloorClaim {
  @IsMacAddress() readonly mac!: string;
  @IsLibvirtUuid() readonly domain!: string;
  @IsInt() @Min(1) readonly epoch!: number;
  /** Kilobytes a second. */
  @IsInt() @Min(1) readonly floor!: number;
  /** The traffic class on the network's bridges. Below 3 are classes of the bridge's own. */
  @IsInt() @Min(3) readonly classId!: number;
  /** RFC 3339. */
  @IsString() readonly claimedAt!: string;
}

/** All floors of a network, in one record: the sum is checked on the very value that is changed. */
export class FloorBook {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => FloorClaim) readonly floors!: FloorClaim[];
}

export const networkFloors = bucket({
  bucket: 'virtbus_network_floors',
  subject: '{uuid}',
  summary: 'What is guaranteed to interfaces of each network that has an inbound bandwidth.',
  owner: 'netd',
  payload: FloorBook,
  example: { uuid: networkUuid, floors: [{ mac, domain: uuid, epoch: 3, floor: 1000, classId: 3, claimedAt: since }] },
});
