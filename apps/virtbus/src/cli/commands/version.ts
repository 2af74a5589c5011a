import { command, told } from '../command.js';
import { LIBVIRT_VERSION, VERSION } from '../version.js';

export default command({
  about: 'Print the version of virtbus, and of the libvirt whose behaviour it follows.',
  example: 'virtbus version',
  options: {},
  async run() {
    const lines = [
      `Using program: virtbus ${VERSION}`,
      `Using API: libvirt ${LIBVIRT_VERSION}`,
      `Using runtime: Node.js ${process.version}`,
    ];
    return told(lines, { virtbus: VERSION, libvirt: LIBVIRT_VERSION, node: process.version });
  },
});
