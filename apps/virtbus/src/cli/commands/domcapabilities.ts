import { command } from '../command.js';
import { failed } from '../failure.js';

const optional = (about: string) => ({ kind: 'text', about }) as const;

export default command({
  about: 'Print what guests of a kind can have on every host that can run them.',
  example: 'virtbus domcapabilities --arch x86_64 --machine q35',
  options: {
    virttype: optional('virtualization type: qemu or kvm'),
    emulatorbin: optional('path of QEMU on the hosts'),
    arch: optional('architecture of the guests'),
    machine: optional('machine type'),
  },
  async run({ virttype, emulatorbin: emulator, arch, machine }, context) {
    const asked = {
      ...(virttype === undefined ? {} : { virttype }),
      ...(emulator === undefined ? {} : { emulator }),
      ...(arch === undefined ? {} : { arch }),
      ...(machine === undefined ? {} : { machine }),
    };
    const { xml } = await context.ask('getGuestCapabilities', asked).catch((error: unknown) => {
      throw failed('failed to get emulator capabilities', error);
    });
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
