/** Short names for the pieces of a domain that are built one by one. */
import type { DomainDef } from '@virtbus/libvirt-xml';

export type Devices = DomainDef['devices'];
export type Alias = NonNullable<Devices['disk'][number]['alias']>;
export type DeviceAddress = NonNullable<Devices['disk'][number]['address']>;
export type PciAddress = Extract<DeviceAddress, { readonly type: 'pci' }>;

export type Disk = Devices['disk'][number];
export type Controller = Devices['controller'][number];
export type NetInterface = Devices['interface'][number];
export type Hostdev = Devices['hostdev'][number];
export type Serial = Devices['serial'][number];
export type Console = Devices['console'][number];
export type Channel = Devices['channel'][number];
export type Graphics = Devices['graphics'][number];
export type Video = Devices['video'][number];
export type Sound = Devices['sound'][number];
export type Audio = Devices['audio'][number];
export type Input = Devices['input'][number];
export type Filesystem = Devices['filesystem'][number];
export type Memory = Devices['memory'][number];
export type Rng = Devices['rng'][number];
export type Redirdev = Devices['redirdev'][number];
export type Smartcard = Devices['smartcard'][number];
export type Shmem = Devices['shmem'][number];
export type Tpm = Devices['tpm'][number];
