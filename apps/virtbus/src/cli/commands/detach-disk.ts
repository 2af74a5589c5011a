import { command, done, told } from '../command.js';
import { scopeOf, scopeOptions } from '../change-scope.js';
import { isActive } from '../core/list-filter.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

export default command({
  about: 'Unplug a disk, known by its target or its source.',
  example: 'virtbus detach-disk web vdb --live',
  options: {
    domain: domainOption,
    target: { kind: 'text', required: true, about: 'target of disk device' },
    ...scopeOptions,
    'print-xml': { kind: 'flag', about: 'print XML document rather than detach the disk' },
  },
  async run({ domain: text, target, 'print-xml': print, ...flags }, context) {
    const found = await findDomain(context, text);
    const scope = scopeOf(flags, isActive(found));
    // As virsh does: the definition is looked at as soon as it is among what changes.
    const inactive = scope.config === true;
    const { xml } = await withDomain(context, text, undefined, async (domain) => context.ask('getDomainXml', { domain, inactive }));
    const { disksIn } = await import('../disk-text.js');
    const disks = disksIn(xml);
    if (disks.length === 0) throw new Failure(['Failed to get disk information'], 'no_device');
    const disk = disks.find((one) => one.target === target || one.source === target);
    if (!disk) throw new Failure([`No disk found whose source path or target is ${target}`], 'no_device');
    if (print) return told(disk.xml.split('\n'), { xml: disk.xml });
    const result = await withDomain(context, text, 'Failed to detach disk', async (domain) =>
      context.order('detachDevice', { domain, xml: disk.xml, ...scope }),
    );
    return done('Disk detached successfully', result);
  },
});
