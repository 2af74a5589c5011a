import { command, done, told } from '../command.js';
import { scopeOf, scopeOptions } from '../change-scope.js';
import { isActive } from '../core/list-filter.js';
import { diskXml } from '../disk-xml.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

const optional = (about: string) => ({ kind: 'text', namedOnly: true, about }) as const;

export default command({
  about: 'Plug a disk into a domain, described by options. Paths are those of its host; what lies below /dev is a block device there.',
  example: 'virtbus attach-disk web /var/lib/libvirt/images/data.qcow2 vdb --subdriver qcow2 --live',
  options: {
    domain: domainOption,
    source: { kind: 'text', required: true, about: 'source of disk device or name of network disk' },
    target: { kind: 'text', required: true, about: 'target of disk device' },
    targetbus: optional('target bus of disk device'),
    driver: optional('driver of disk device'),
    subdriver: optional('subdriver of disk device'),
    iothread: optional('IOThread to be used by supported device'),
    cache: optional('cache mode of disk device'),
    io: optional('io policy of disk device'),
    type: optional('target device type'),
    mode: optional('mode of device reading and writing: readonly or shareable'),
    sourcetype: optional('type of source (block|file|network)'),
    serial: optional('serial of disk device'),
    wwn: optional('wwn of disk device'),
    alias: optional('custom alias name of disk device'),
    rawio: { kind: 'flag', about: 'needs rawio capability' },
    address: optional('address of disk device: pci:0000.00.05.0, scsi:0.0.1'),
    multifunction: { kind: 'flag', about: 'use multifunction pci under specified address' },
    'print-xml': { kind: 'flag', about: 'print XML document rather than attach the disk' },
    'source-protocol': optional('protocol used by disk device source'),
    'source-host-name': optional('host name for source of disk device'),
    'source-host-transport': optional('host transport for source of disk device'),
    'source-host-socket': optional('host socket for source of disk device'),
    ...scopeOptions,
  },
  async run({ domain: text, 'print-xml': print, persistent, config, live, current, ...words }, context) {
    const xml = diskXml({
      ...words,
      protocol: words['source-protocol'],
      hostName: words['source-host-name'],
      hostTransport: words['source-host-transport'],
      hostSocket: words['source-host-socket'],
    });
    if (print) return told(xml.trimEnd().split('\n'), { xml });
    const found = await findDomain(context, text);
    const scope = scopeOf({ persistent, config, live, current }, isActive(found));
    const result = await withDomain(context, text, 'Failed to attach disk', async (domain) =>
      context.order('attachDevice', { domain, xml, ...scope }),
    );
    return done('Disk attached successfully', result);
  },
});
