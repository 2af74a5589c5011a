/** The demo's libvirt XML, as a user would write it. */

export const networkName = 'demo-net';

export const guests = {
  a: { name: 'demo-a', mac: '52:54:00:de:00:0a', address: '10.77.0.10', model: 'virtio' },
  b: { name: 'demo-b', mac: '52:54:00:de:00:0b', address: '10.77.0.11', model: 'e1000e' },
} as const;

export type DemoGuest = (typeof guests)['a' | 'b'];

export const networkXml = `<network>
  <name>${networkName}</name>
  <bridge macTableManager='libvirt'/>
  <ip address='10.77.0.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='10.77.0.10' end='10.77.0.99'/>
      <host mac='${guests.a.mac}' name='${guests.a.name}' ip='${guests.a.address}'/>
      <host mac='${guests.b.mac}' name='${guests.b.name}' ip='${guests.b.address}'/>
    </dhcp>
  </ip>
</network>
`;

export interface GuestFiles {
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
  /** Where the guest's serial line is written. */
  readonly log: string;
}

export const domainXml = ({ name, mac, model }: DemoGuest, { kernel, initrd, append, log }: GuestFiles): string => `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>112</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${kernel}</kernel>
    <initrd>${initrd}</initrd>
    <cmdline>${append} virtbus.hostname=${name}</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <interface type='network'>
      <mac address='${mac}'/>
      <source network='${networkName}'/>
      <model type='${model}'/>
    </interface>
    <serial type='file'>
      <source path='${log}'/>
    </serial>
  </devices>
</domain>
`;
