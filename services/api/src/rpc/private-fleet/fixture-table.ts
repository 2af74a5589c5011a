/** What every private fleet begins with: the objects that libvirt documents for `test:///default`, with their names and UUIDs. */

export const domainUuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';

export const domainXml = `<domain type='test'>
  <name>test</name>
  <uuid>${domainUuid}</uuid>
  <memory unit='KiB'>8388608</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='i686'>hvm</type>
    <boot dev='hd'/>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/guest/diskimage1'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='aa:bb:cc:dd:ee:ff'/>
      <source network='default'/>
      <target dev='testnet0'/>
    </interface>
    <memballoon model='virtio'/>
  </devices>
</domain>
`;

export const networkXml = `<network>
  <name>default</name>
  <uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
`;

export const pool = {
  capacityBytes: 107_374_182_400,
  xml: `<pool type='dir'>
  <name>default-pool</name>
  <uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>
  <target>
    <path>/default-pool</path>
  </target>
</pool>
`,
} as const;

export const hostInterface = {
  name: 'eth1',
  mac: 'aa:bb:cc:dd:ee:ff',
  active: true,
  xml: `<interface type='ethernet' name='eth1'>
  <start mode='onboot'/>
  <mtu size='1492'/>
  <protocol family='ipv4'>
    <ip address='192.168.0.5' prefix='24'/>
    <route gateway='192.168.0.1'/>
  </protocol>
  <mac address='aa:bb:cc:dd:ee:ff'/>
</interface>
`,
} as const;

export const nodeDevice = {
  name: 'computer',
  capability: 'system',
  xml: `<device>
  <name>computer</name>
  <capability type='system'>
    <hardware>
      <vendor>virtbus</vendor>
      <version>simulated</version>
      <serial>1</serial>
      <uuid>11111111-2222-3333-4444-555555555555</uuid>
    </hardware>
    <firmware>
      <vendor>virtbus</vendor>
      <version>simulated</version>
      <release_date>01/01/2026</release_date>
    </firmware>
  </capability>
</device>
`,
} as const;

/** The one host: a machine of 16 processors, as the documentation of the test driver has it. */
export const host = {
  hostId: 'simulated',
  hostname: 'simulated',
  arch: 'i686',
  cpus: 16,
  memoryMiB: 3072,
  kvm: false,
  emulator: '/usr/bin/test-hv',
  qemuVersion: '0.0.2',
  beat: 0,
} as const;

/** Of the same machine, as `virsh nodeinfo` shows it. */
export const topology = { mhz: 1400, nodes: 2, sockets: 2, cores: 2, threads: 2 } as const;

/** Memory of its two cells, KiB: together what it has. */
export const cellsKiB = [2_097_152, 1_048_576] as const;

export const maxVcpus = 32;

/** The first three numbers of the addresses that guests are lent, and the fourth of the first one. */
export const firstAddress = ['192.168.122', 3] as const;

const CPUS_PER_CELL = 8;
const cpu = (id: number, socket: number): string =>
  `            <cpu id='${id}' socket_id='${socket}' die_id='0' core_id='${id % CPUS_PER_CELL}' siblings='${id}'/>`;
const cell = (memoryKiB: number, id: number): string => `        <cell id='${id}'>
          <memory unit='KiB'>${memoryKiB}</memory>
          <cpus num='${CPUS_PER_CELL}'>
${Array.from({ length: CPUS_PER_CELL }, (_, number) => cpu(id * CPUS_PER_CELL + number, id)).join('\n')}
          </cpus>
        </cell>`;

/** What clients read from it: which kinds of guests there can be. */
export const capabilitiesXml = `<capabilities>

  <host>
    <cpu>
      <arch>i686</arch>
    </cpu>
    <power_management/>
    <iommu support='no'/>
    <topology>
      <cells num='${cellsKiB.length}'>
${cellsKiB.map(cell).join('\n')}
      </cells>
    </topology>
    <secmodel>
      <model>none</model>
      <doi>0</doi>
    </secmodel>
  </host>

  <guest>
    <os_type>hvm</os_type>
    <arch name='i686'>
      <wordsize>32</wordsize>
      <emulator>/usr/bin/test-hv</emulator>
      <domain type='test'/>
    </arch>
  </guest>

</capabilities>
`;
