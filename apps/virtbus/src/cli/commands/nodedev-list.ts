import { command } from '../command.js';
import { Failure } from '../failure.js';

const kinds: ReadonlySet<string> = new Set([
  ...['system', 'pci', 'usb_device', 'usb', 'net', 'scsi_host', 'scsi_target', 'scsi', 'storage', 'fc_host', 'vports'],
  ...['scsi_generic', 'drm', 'mdev_types', 'mdev', 'ccw', 'css', 'vdpa', 'ap_card', 'ap_queue', 'ap_matrix', 'vpd'],
]);

export default command({
  about: 'List devices of the node. The fleet as one machine has none to give away: devices are lent by networks and named in definitions.',
  example: 'virtbus nodedev-list --cap pci',
  options: {
    tree: { kind: 'flag', about: 'list devices in a tree' },
    cap: { kind: 'text', about: 'capability names, separated by comma' },
    inactive: { kind: 'flag', about: 'list inactive devices' },
    all: { kind: 'flag', about: 'list inactive & active devices' },
  },
  async run({ tree, cap, inactive, all }, context) {
    if (all && inactive) throw new Failure(['Option --all is incompatible with --inactive'], 'usage');
    if (tree && (cap !== undefined || inactive)) throw new Failure(['Option --tree is incompatible with --cap and --inactive'], 'usage');
    if (cap?.split(',').some((one) => !kinds.has(one))) throw new Failure(['Invalid capability type'], 'usage');
    await context.fleet();
    return { text: '', json: [] };
  },
});
