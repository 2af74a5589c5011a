import { command } from '../command.js';
import { printable } from '../core/display-width.js';
import { failed } from '../failure.js';

const KIB = 1024;
const LABEL = 21;

export default command({
  about: 'Show the hosts of the fleet as one machine: the processors and the memory of all of them.',
  example: 'virtbus nodeinfo',
  options: {},
  async run(_, context) {
    const { hosts } = await context.ask('listHosts', {}).catch((error: unknown) => {
      throw failed('failed to get node information', error);
    });
    const sum = (key: 'cpus' | 'memoryMiB'): number => hosts.reduce((total, host) => total + host[key], 0);
    const speeds = hosts.flatMap(({ cpuMHz = 0 }) => (cpuMHz > 0 ? [cpuMHz] : []));
    const node = {
      model: [...new Set(hosts.map(({ arch }) => arch))].toSorted().join(' ') || 'x86_64',
      cpus: sum('cpus'),
      // The slowest: no guest is promised more.
      mhz: speeds.length === 0 ? 0 : Math.min(...speeds),
      memoryKiB: sum('memoryMiB') * KIB,
    };
    const rows: [string, string | number][] = [
      ['CPU model', node.model],
      ['CPU(s)', node.cpus],
      ['CPU frequency', `${node.mhz} MHz`],
      ['CPU socket(s)', 1],
      ['Core(s) per socket', node.cpus],
      ['Thread(s) per core', 1],
      ['NUMA cell(s)', 1],
      ['Memory size', `${node.memoryKiB} KiB`],
    ];
    return { text: rows.map(([label, value]) => `${`${label}:`.padEnd(LABEL)}${printable(String(value))}\n`).join(''), json: node };
  },
});
