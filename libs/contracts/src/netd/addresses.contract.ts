import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { bucket } from '../contract.js';
import { mac, networkUuid, since } from '../examples.js';
import { IsLibvirtUuid, IsMacAddress } from '../validators.js';

/** An address of a network and the MAC that has it. It stays for a while after its port has gone: a guest may still use its lease. */
export class AddressRecord {
  @IsLibvirtUuid() readonly networkUuid!: string;
  @IsIn(['ipv4', 'ipv6']) readonly family!: 'ipv4' | 'ipv6';
  @IsString() readonly address!: string;
  @IsMacAddress() readonly mac!: string;
  /** The network's definition names the MAC for the address. */
  @IsOptional() @IsBoolean() readonly fixed?: boolean;
  /** When the port went. Another MAC gets the address only once every lease of it has run out. RFC 3339. */
  @IsOptional() @IsString() readonly releasedAt?: string;
}

export class VniRecord {
  @IsInt() @Min(1) @Max(16_777_215) readonly vni!: number;
  @IsLibvirtUuid() readonly networkUuid!: string;
  /** RFC 3339. */
  @IsString() readonly takenAt!: string;
}

export const addressRecords = bucket({
  bucket: 'virtbus_addresses',
  subject: '{networkUuid}.{address}',
  summary:
    'Addresses that guests are given. The key holds network and address (hex digits), so that an address has one owner on a network.',
  owner: 'netd',
  payload: AddressRecord,
  example: { networkUuid, family: 'ipv4', address: '10.7.0.12', mac },
});

export const vniRecords = bucket({
  bucket: 'virtbus_vnis',
  subject: '{vni}',
  summary: 'Which network has a VXLAN network identifier: making the key is taking the number.',
  owner: 'netd',
  payload: VniRecord,
  example: { vni: 4711, networkUuid, takenAt: since },
});

export const overlayRecords = bucket({
  bucket: 'virtbus_overlays',
  subject: '{networkUuid}',
  summary: 'The VXLAN network identifier of each network that spans hosts.',
  owner: 'netd',
  payload: VniRecord,
  example: { vni: 4711, networkUuid, takenAt: since },
});
