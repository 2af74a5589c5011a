/** What the machine's own tools say of the demo's host: nothing here goes through virtbus. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Witness {
  constructor(private readonly netns: string) {}

  /** `ip -d link`: one line for each tap, with what its TUN driver says of it. */
  async taps(): Promise<string[]> {
    const { stdout } = await run('ip', ['-n', this.netns, '-j', '-d', 'link', 'show', 'type', 'tun']);
    const links = JSON.parse(stdout || '[]') as readonly TapLink[];
    return links.filter((link) => link.ifname !== undefined).map(tapLine);
  }

  /** `bridge fdb show`: the entries of guests, not the bridge's own. */
  async forwarding(bridge: string): Promise<string[]> {
    const { stdout } = await run('bridge', ['-n', this.netns, 'fdb', 'show', 'br', bridge]);
    return stdout.split('\n').filter((line) => line.startsWith('52:54:00:de:'));
  }

  /** Everything that virtbus might have left. */
  async leftovers(): Promise<string[]> {
    const links = await run('ip', ['-n', this.netns, '-br', 'link']);
    const tables = await run('ip', ['netns', 'exec', this.netns, 'nft', 'list', 'tables']);
    const pids = await run('ip', ['netns', 'pids', this.netns]);
    return [
      ...links.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('lo ')),
      ...tables.stdout.split('\n').filter(Boolean),
      ...pids.stdout
        .split('\n')
        .filter(Boolean)
        .map((pid) => `process ${pid}`),
    ];
  }
}

interface TapLink {
  readonly ifname?: string;
  readonly address?: string;
  readonly mtu?: number;
  readonly master?: string;
  readonly linkinfo?: {
    readonly info_data?: { readonly vnet_hdr?: boolean; readonly pi?: boolean; readonly multi_queue?: boolean; readonly persist?: boolean };
    readonly info_slave_data?: { readonly learning?: boolean; readonly flood?: boolean };
  };
}

function tapLine({ ifname, address, mtu, master, linkinfo }: TapLink): string {
  const flags = ['IFF_TAP', ...(linkinfo?.info_data?.pi ? [] : ['IFF_NO_PI']), ...(linkinfo?.info_data?.vnet_hdr ? ['IFF_VNET_HDR'] : [])];
  const port = linkinfo?.info_slave_data;
  const onOff = (value: boolean | undefined) => (value ? 'on' : 'off');
  const brport = port ? ` learning ${onOff(port.learning)} unicast_flood ${onOff(port.flood)}` : '';
  return `${ifname} ${address} mtu ${mtu} master ${master} ${flags.join('|')}${brport}`;
}
