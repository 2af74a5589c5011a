/** What `virsh pool-capabilities` shows: of libvirt's types of pool the fleet has one. */
const types = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
] as const;

/** Formats that a volume can be made of; others that lie in a directory are shown and used. */
const formats = ['raw', 'dir', 'iso', 'qcow2'];

const ofDirectory = `    <volOptions>
      <defaultFormat type='raw'/>
      <enum name='targetFormatType'>
${formats.map((format) => `        <value>${format}</value>`).join('\n')}
      </enum>
    </volOptions>
`;

const poolOf = (type: (typeof types)[number]): string =>
  `  <pool type='${type}' supported='${type === 'dir' ? 'yes' : 'no'}'>\n${type === 'dir' ? ofDirectory : ''}  </pool>\n`;

export const storagePoolCapabilities = `<storagepoolCapabilities>\n${types.map(poolOf).join('')}</storagepoolCapabilities>\n`;
