/**
 * Virtual functions of SR-IOV cards given to guests. What a function was before is on record before anything of it is changed, in the
 * domain's journal and in a file of its own here, so that an agent that dies between any two steps gives it back whole later.
 */
import { getLink, listVirtualFunctions, NetlinkError, setLink, setVirtualFunction, type Link, type Rtnetlink } from '@virtbus/netlink';
import { LinkError, step } from '../links/link-error.js';
import type { FunctionRecords } from './function-records.js';
import { VFIO_DRIVER, type PciDevice, type PciDevices } from './pci-devices.js';

export interface FunctionPlan {
  readonly address: string;
  readonly mac: string;
  /** 0: untagged. */
  readonly vlan: number;
  /** The host's driver is to be taken off, and put back afterwards. */
  readonly managed: boolean;
  readonly driver?: 'kvm' | 'vfio' | 'xen';
  readonly owner: { readonly uuid: string; readonly name: string };
}

/** A function as it was before it was given away: what it needs to become that again. */
export interface FormerFunction {
  readonly address: string;
  readonly owner: string;
  readonly ownerName: string;
  /** The link that administers it, and its number there. */
  readonly physical: string;
  readonly number: number;
  readonly adminMac: string;
  readonly vlan: number;
  /** The MAC of its own link, where a driver of the host had it. */
  readonly linkMac: string;
  /** The driver that had it; empty when none did. */
  readonly driver: string;
  readonly managed: boolean;
}

export interface AssignedFunctionsNeed {
  readonly pci: PciDevices;
  readonly rtnetlink: Rtnetlink;
  readonly records: FunctionRecords;
  readonly warn: (message: string) => void;
}

/** A driver that refuses all zeros, which mean "the guest may choose", takes this for it, as libvirt does. */
const noMac = '02:00:00:00:00:00';
const zeros = '00:00:00:00:00:00';

const unsupported = (words: string): LinkError => new LinkError('device_unsupported', words);

export class AssignedFunctions {
  /** Promised, and not yet on record. */
  private readonly promised = new Map<string, FunctionPlan['owner']>();

  constructor(private readonly need: AssignedFunctionsNeed) {}

  /**
   * Refuses what cannot be given to a guest, and says what the function is now. Nothing is changed.
   * Codes: device_unsupported, device_missing, device_busy, device_offline, system.
   */
  prepare(plan: FunctionPlan): FormerFunction {
    this.refuseBackend(plan.driver);
    const { address, managed, owner } = plan;
    const device = this.need.pci.find(address);
    if (!device) throw new LinkError('device_missing', `PCI device ${address} is not on this host`);
    if (!device.virtual) {
      throw unsupported(`Interface type hostdev is currently supported on SR-IOV Virtual Functions only: PCI device ${address} is none`);
    }
    this.refuseGroup(device, owner);
    if (!managed && device.driver !== VFIO_DRIVER) {
      const words = `PCI device ${address} has the driver ${device.driver ?? 'none'}: give it to ${VFIO_DRIVER}, or say managed='yes'`;
      throw new LinkError('device_busy', words);
    }
    const former = this.formerOf(device, device.virtual, plan);
    this.promised.set(address, owner);
    return former;
  }

  /** Nothing came of what was promised. */
  giveUp(address: string): void {
    this.promised.delete(address);
  }

  /** On failure the function is what it was. Codes: system, device_missing. */
  async assign(plan: FunctionPlan, former: FormerFunction): Promise<void> {
    const { address, mac, vlan, managed } = plan;
    await this.need.records.write(former);
    this.promised.delete(address);
    try {
      if (managed && this.need.pci.find(address)?.driver !== VFIO_DRIVER) this.need.pci.giveToVfio(address);
      this.administer(former, { mac, vlan });
    } catch (error) {
      await this.giveBack(former);
      throw error;
    }
  }

  /** Makes the function what it was, and frees it. May be repeated; another domain's is left alone. Codes: system. */
  async giveBack(former: FormerFunction): Promise<void> {
    const held = this.need.records.find(former.address);
    if (held?.owner !== former.owner) return;
    this.restoreAdministration(former);
    this.restoreDriver(former);
    this.restoreLink(former);
    await this.need.records.remove(former.address);
  }

  /** Administers the function again where somebody changed it. Answers what was wrong, a sentence each. */
  mend(plan: Pick<FunctionPlan, 'mac' | 'vlan'>, former: FormerFunction): readonly string[] {
    const now = this.administered(former);
    if (!now || (now.mac === plan.mac && now.vlan === plan.vlan)) return [];
    this.administer(former, plan);
    return [`VF ${former.number} of ${former.physical} had MAC ${now.mac} and VLAN ${now.vlan}, and has those of its guest again`];
  }

  private refuseBackend(driver: FunctionPlan['driver']): void {
    if (driver === 'kvm') throw unsupported("host doesn't support legacy PCI passthrough");
    if (driver === 'xen') throw unsupported("QEMU assigns no PCI device by 'xen'");
    if (this.need.pci.canAssign()) return;
    throw unsupported(
      driver === 'vfio' ? "host doesn't support VFIO PCI passthrough" : "host doesn't support passthrough of host PCI devices",
    );
  }

  /** VFIO gives an IOMMU group to one guest or to none. */
  private refuseGroup({ address, driver, group }: PciDevice, owner: FunctionPlan['owner']): void {
    if (!group) throw unsupported(`PCI device ${address} is in no IOMMU group`);
    for (const member of group) {
      const user = this.userOf(member);
      if (user === undefined || (user.uuid === owner.uuid && member !== address)) continue;
      const words = `PCI device ${member} is in use by driver ${driver ?? 'none'}, domain ${user.name}`;
      throw new LinkError('device_busy', member === address ? words : `${words}, and shares the IOMMU group of ${address}`);
    }
  }

  private userOf(address: string): { readonly uuid: string; readonly name: string } | undefined {
    const held = this.need.records.find(address);
    return this.promised.get(address) ?? (held && { uuid: held.owner, name: held.ownerName });
  }

  private formerOf(device: PciDevice, { physical, number }: NonNullable<PciDevice['virtual']>, plan: FunctionPlan): FormerFunction {
    const dev = this.onlineLinkOf(physical, number);
    const administered = this.administered({ physical: dev, number });
    if (!administered) throw new LinkError('device_missing', `the driver of ${dev} administers no VF ${number}`);
    return {
      address: device.address,
      owner: plan.owner.uuid,
      ownerName: plan.owner.name,
      physical: dev,
      number,
      adminMac: administered.mac,
      vlan: administered.vlan,
      linkMac: this.macOf(device.links[0]),
      driver: device.driver ?? '',
      managed: plan.managed,
    };
  }

  /** A physical function that is down configures none of its virtual ones. */
  private onlineLinkOf(physical: string, number: number): string {
    const [dev] = this.need.pci.find(physical)?.links ?? [];
    if (dev !== undefined && this.link(dev)?.up === true) return dev;
    const words = `Unable to configure VF ${number} of PF '${dev ?? physical}' because the PF is not online: set it up first`;
    throw new LinkError('device_offline', words);
  }

  private macOf(link: string | undefined): string {
    return (link === undefined ? undefined : this.link(link)?.mac) ?? '';
  }

  private administered({ physical, number }: Pick<FormerFunction, 'physical' | 'number'>): { mac: string; vlan: number } | undefined {
    const link = this.link(physical);
    if (!link) return undefined;
    const all = step(`ask ${physical} for its VFs`, () => listVirtualFunctions(this.need.rtnetlink, link));
    const one = all.find((each) => each.number === number);
    return one && { mac: one.mac ?? zeros, vlan: one.vlan };
  }

  private administer({ physical, number }: FormerFunction, to: { readonly mac: string; readonly vlan: number }): void {
    const link = this.link(physical);
    if (!link) throw new LinkError('device_missing', `there is no network device ${physical} to configure VF ${number} by`);
    step(`configure VF ${number} of ${physical}`, () => setVirtualFunction(this.need.rtnetlink, link, number, to));
  }

  private restoreAdministration(former: FormerFunction): void {
    const { physical, number, adminMac: mac, vlan } = former;
    if (!this.link(physical)) return this.need.warn(`${physical} is gone, so its VF ${number} is not put back`);
    try {
      this.administer(former, { mac, vlan });
    } catch (error) {
      const refused = error instanceof LinkError && error.cause instanceof NetlinkError && error.cause.code === 'EINVAL';
      if (!refused || mac !== zeros) throw error;
      this.administer(former, { mac: noMac, vlan });
    }
  }

  /** Whatever driver has it now, or none: the override may be all that an agent came to. */
  private restoreDriver({ address, managed, driver }: FormerFunction): void {
    const device = this.need.pci.find(address);
    if (!managed || !device || driver === VFIO_DRIVER) return;
    if (device.driver === driver) this.need.pci.forgetVfio(address);
    else this.need.pci.giveToHost(address);
  }

  private restoreLink({ address, linkMac }: FormerFunction): void {
    const [own] = this.need.pci.find(address)?.links ?? [];
    const link = own === undefined ? undefined : this.link(own);
    if (!link || linkMac === '' || link.mac === linkMac) return;
    step(`give ${link.name} its MAC back`, () => setLink(this.need.rtnetlink, link, { mac: linkMac }));
  }

  private link(name: string): Link | undefined {
    return step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
  }
}
