import { storagePoolTypes } from '@virtbus/libvirt-xml';

/** Formats that a volume can be made of; others that lie in a directory are shown and used. */
const formats = ['raw', 'dir', 'iso', 'qcow2'];

const ofDirectory = `    <volOptions>
      <defaultFormat type='raw'/>
      <enum name='targetFormatType'>
${formats.map((format) => `        <value>${format}</value>`).join('\n')}
      </enum>
    </volOptions>
`;

const poolOf = (type: (typeof storagePoolTypes)[number]): string =>
  `  <pool type='${type}' supported='${type === 'dir' ? 'yes' : 'no'}'>\n${type === 'dir' ? ofDirectory : ''}  </pool>\n`;

/** What `virsh pool-capabilities` shows: of libvirt's types of pool the fleet has one. */
export const storagePoolCapabilities = `<storagepoolCapabilities>\n${storagePoolTypes.map(poolOf).join('')}</storagepoolCapabilities>\n`;
