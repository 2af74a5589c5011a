import { guest, guestAppend, type GuestKnobs } from '../../tools/guest/guest.ts';

export const guestFiles = guest;

export const labXml = `<network>
  <name>lab</name>
  <bridge macTableManager='libvirt'/>
  <ip address='10.7.0.1' netmask='255.255.255.0'><dhcp><range start='10.7.0.10' end='10.7.0.99'/></dhcp></ip>
</network>`;

export interface GuestShape extends GuestKnobs {
  readonly name: string;
  readonly interfaces?: string;
  readonly memoryMiB?: number;
  readonly kernel?: string;
  readonly devices?: string;
}

/** A domain that boots the test guest. */
export function guestXml({ name, interfaces = '', memoryMiB = 112, kernel, devices = '', ...knobs }: GuestShape): string {
  const files = guest();
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>${memoryMiB}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${kernel ?? files.kernel}</kernel>
    <initrd>${files.initrd}</initrd>
    <cmdline>${guestAppend({ hostname: name, ...knobs })}</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    ${interfaces}
    <serial type='pty'/>
    ${devices}
  </devices>
</domain>`;
}

export const nic = (mac: string, { model = 'virtio', network = 'lab', extra = '' } = {}): string =>
  `<interface type='network'><mac address='${mac}'/><source network='${network}'/><model type='${model}'/>${extra}</interface>`;
