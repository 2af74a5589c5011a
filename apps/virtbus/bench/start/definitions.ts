/** No disk, no kernel: what is measured is the way to the first instruction. */
export const networkXml = `<network><name>bench</name><ip address='10.78.0.1' prefix='24'/></network>`;

const mac = (n: number): string => `52:54:00:be:0c:${n.toString(16).padStart(2, '0')}`;

export const domainXml = (nics: number): string => `<domain type='qemu'>
  <name>bench</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    ${Array.from({ length: nics }, (_, n) => `<interface type='network'><mac address='${mac(n)}'/><source network='bench'/><model type='virtio'/></interface>`).join('\n    ')}
    <serial type='pty'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
