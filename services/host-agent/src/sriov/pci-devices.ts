import type { PhysicalFunction } from '@virtbus/contracts';
import { LinkError, step } from '../links/link-error.js';
import type { PciFiles } from './pci-files.js';

/** A PCI function of this host. */
export interface PciDevice {
  readonly address: string;
  /** The driver that has it. */
  readonly driver?: string;
  /** Of a virtual function: whose it is, and its number there. */
  readonly virtual?: { readonly physical: string; readonly number: number };
  /** Addresses of all that share its IOMMU group, itself among them; absent outside of every group. */
  readonly group?: readonly string[];
  /** Its network links, in the host's network. */
  readonly links: readonly string[];
}

export const VFIO_DRIVER = 'vfio-pci';
const devices = 'bus/pci/devices';
const at = (address: string, ...path: readonly string[]): string => [devices, address, ...path].join('/');

/** PCI devices by sysfs (Documentation/ABI/testing/sysfs-bus-pci). */
export class PciDevices {
  constructor(private readonly files: PciFiles) {}

  /** Undefined when there is no such device. */
  find(address: string): PciDevice | undefined {
    const { files } = this;
    if (!files.exists(at(address))) return undefined;
    const driver = files.target(at(address, 'driver'));
    const virtual = this.virtualOf(address);
    return {
      address,
      links: files.entries(at(address, 'net')),
      ...(driver === undefined ? {} : { driver }),
      ...(virtual === undefined ? {} : { virtual }),
      ...(files.exists(at(address, 'iommu_group')) ? { group: files.entries(at(address, 'iommu_group', 'devices')) } : {}),
    };
  }

  /** Network cards whose virtual functions are there to be lent. */
  physicalFunctions(): PhysicalFunction[] {
    return this.files.entries(devices).flatMap((address): PhysicalFunction[] => {
      const functions = this.functionsOf(address);
      const [dev] = functions.length === 0 ? [] : this.files.entries(at(address, 'net'));
      if (dev === undefined) return [];
      return [{ dev, address, functions: functions.map((one) => ({ ...one, ...this.linkOf(one.address) })) }];
    });
  }

  /** Whether devices can be given to guests at all: the IOMMU is on, and VFIO there. */
  canAssign(): boolean {
    return this.files.entries('kernel/iommu_groups').length > 0 && this.files.hasVfio();
  }

  /** Takes a device from its driver and gives it to VFIO. @throws LinkError system when the kernel does not */
  giveToVfio(address: string): void {
    this.rebind(address, VFIO_DRIVER);
    const driver = this.files.target(at(address, 'driver'));
    if (driver !== VFIO_DRIVER)
      throw new LinkError('system', `PCI device ${address} has ${driver ?? 'no driver'} instead of ${VFIO_DRIVER}`);
  }

  /** Has the host's own driver take a device up again. @throws LinkError system */
  giveToHost(address: string): void {
    this.rebind(address, '\n');
  }

  /** A device that its own driver has stays there at the next probe, too. @throws LinkError system */
  forgetVfio(address: string): void {
    step(`set the driver of PCI device ${address}`, () => this.files.write(at(address, 'driver_override'), '\n'));
  }

  /** An override first: another driver must not get hold of it in between. */
  private rebind(address: string, override: string): void {
    const { files } = this;
    step(`set the driver of PCI device ${address}`, () => files.write(at(address, 'driver_override'), override));
    if (files.exists(at(address, 'driver')))
      step(`take PCI device ${address} from its driver`, () => files.write(at(address, 'driver', 'unbind'), address));
    step(`have PCI device ${address} probed`, () => files.write('bus/pci/drivers_probe', address));
  }

  private virtualOf(address: string): PciDevice['virtual'] {
    const physical = this.files.target(at(address, 'physfn'));
    const number = physical === undefined ? undefined : this.functionsOf(physical).find((one) => one.address === address)?.number;
    return physical === undefined || number === undefined ? undefined : { physical, number };
  }

  private functionsOf(physical: string): { readonly address: string; readonly number: number }[] {
    return this.files
      .entries(at(physical))
      .flatMap((name) => {
        const number = /^virtfn(\d+)$/.exec(name)?.[1];
        const address = number === undefined ? undefined : this.files.target(at(physical, name));
        return address === undefined ? [] : [{ address, number: Number(number) }];
      })
      .toSorted((a, b) => a.number - b.number);
  }

  private linkOf(address: string): { readonly dev?: string } {
    const [dev] = this.files.entries(at(address, 'net'));
    return dev === undefined ? {} : { dev };
  }
}
