/** Values that the contracts' examples share. Examples are never edited: they are also the compatibility suite. */
export const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
export const networkUuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
export const portId = '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11';
export const hostId = 'host-a';
export const mac = '52:54:00:12:34:56';
export const commandId = '01JD3K8Q9W7Z5T2R4N6M8P0V1X';
export const domainXml = `<domain type='qemu'><name>demo</name><memory unit='MiB'>128</memory><os><type>hvm</type></os></domain>`;
export const networkXml = `<network><name>lab</name><ip address='10.7.0.1' prefix='24'/></network>`;
export const nwfilterUuid = '5c6d49af-b071-6127-b4ec-6f8ed4b55335';
export const filterXml = `<filter name='mine'><filterref filter='clean-traffic'/></filter>`;
export const bindingXml = `<filterbinding><owner><name>box</name><uuid>${uuid}</uuid></owner><portdev name='veth0'/><mac address='${mac}'/><filterref filter='mine'/></filterbinding>`;
export const since = '2026-11-21T10:00:00.000Z';
export const interfaceXml = `<interface type='network'><mac address='${mac}'/><source network='lab'/><model type='virtio'/></interface>`;
export const secretUuid = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031';
export const secretXml = `<secret ephemeral='no' private='no'><usage type='ceph'><name>disk</name></usage></secret>`;
export const poolUuid = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f041';
export const poolXml = `<pool type='dir'><name>images</name><target><path>/var/lib/libvirt/images</path></target></pool>`;
export const volumeXml = `<volume><name>disk.qcow2</name><capacity unit='MiB'>8</capacity><target><format type='qcow2'/></target></volume>`;
