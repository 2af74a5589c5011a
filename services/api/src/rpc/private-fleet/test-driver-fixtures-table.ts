/** The files that the commands in test-driver-sessions.txt name. */
export const fixtures: Readonly<Record<string, string>> = {
  'web.xml': `<domain type='test'>
  <name>web</name>
  <uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f001</uuid>
  <title>The web</title>
  <description>serves</description>
  <metadata><app:a xmlns:app='http://example.org/1'>x</app:a></metadata>
  <memory unit='KiB'>65536</memory>
  <vcpu>2</vcpu>
  <os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/tmp/a.img'/><target dev='vda' bus='virtio'/></disk>
    <interface type='network'><mac address='52:54:00:00:01:01'/><source network='default'/></interface>
    <interface type='bridge'><mac address='52:54:00:00:01:02'/><source bridge='br0'/><model type='virtio'/></interface>
    <graphics type='vnc' port='5901'/>
    <console type='pty'/>
  </devices>
</domain>`,
  'db.xml': `<domain type='test'>
  <name>db</name>
  <uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f002</uuid>
  <title>The db</title>
  <description>other</description>
  <metadata><app:a xmlns:app='http://example.org/1'>x</app:a></metadata>
  <memory unit='KiB'>65536</memory>
  <vcpu>2</vcpu>
  <os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/tmp/a.img'/><target dev='vda' bus='virtio'/></disk>
    <interface type='network'><mac address='52:54:00:00:02:01'/><source network='default'/></interface>
    <interface type='bridge'><mac address='52:54:00:00:02:02'/><source bridge='br0'/><model type='virtio'/></interface>
    <graphics type='vnc' port='5901'/>
    <console type='pty'/>
  </devices>
</domain>`,
  'web-other.xml': `<domain type='test'>
  <name>web</name>
  
  <title>The web</title>
  <description>serves</description>
  <metadata><app:a xmlns:app='http://example.org/1'>x</app:a></metadata>
  <memory unit='KiB'>65536</memory>
  <vcpu>2</vcpu>
  <os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/tmp/a.img'/><target dev='vda' bus='virtio'/></disk>
    <interface type='network'><mac address='52:54:00:00:01:01'/><source network='default'/></interface>
    <interface type='bridge'><mac address='52:54:00:00:01:02'/><source bridge='br0'/><model type='virtio'/></interface>
    <graphics type='vnc' port='5901'/>
    <console type='pty'/>
  </devices>
</domain>`,
  'broken.xml': `<domain type="test"><name>broken</name>`,
  'min.xml': `<domain type='test'><name>min</name><memory>1024</memory><os><type>hvm</type></os></domain>`,
  'nomem.xml': `<domain type='test'><name>nomem</name><os><type>hvm</type></os></domain>`,
  'kvm.xml': `<domain type='kvm'><name>kvm</name><memory>1024</memory><os><type>hvm</type></os></domain>`,
  'disk.xml': `<disk type='file' device='disk'><source file='/tmp/b.img'/><target dev='vdb' bus='virtio'/></disk>`,
  'nic.xml': `<interface type='network'><mac address='52:54:00:00:03:01'/><source network='default'/></interface>`,
  'lab.xml': `<network><name>lab</name><uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f011</uuid><bridge name='virbr9'/><ip address='192.168.9.1' netmask='255.255.255.0'><dhcp><range start='192.168.9.2' end='192.168.9.9'/></dhcp></ip></network>`,
  'lab-other.xml': `<network><name>lab</name><bridge name='virbr9'/><ip address='192.168.9.1' netmask='255.255.255.0'><dhcp><range start='192.168.9.2' end='192.168.9.9'/></dhcp></ip></network>`,
  'host.xml': `<host mac='52:54:00:00:01:01' name='web' ip='192.168.9.5'/>`,
  'pool.xml': `<pool type='dir'><name>files</name><uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f021</uuid><target><path>/files</path></target></pool>`,
  'vol.xml': `<volume><name>v.img</name><capacity unit='M'>10</capacity><target><format type='qcow2'/></target></volume>`,
  'secret.xml': `<secret><uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031</uuid></secret>`,
  'snap.xml': `<domainsnapshot><name>s1</name><description>first</description></domainsnapshot>`,
  'cp.xml': `<domaincheckpoint><name>c1</name></domaincheckpoint>`,
  'iface.xml': `<interface type='ethernet' name='eth2'><start mode='onboot'/><mac address='aa:bb:cc:00:00:02'/></interface>`,
  'dev.xml': `<device><name>scsi_host22</name><parent>scsi_host2</parent><capability type='scsi_host'><capability type='fc_host'/></capability></device>`,
};
