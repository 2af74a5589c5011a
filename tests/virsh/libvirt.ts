import { TestLibvirtd } from '@virtbus/testing';
import { environment, prepareFixtures, removeFixtures } from './surroundings.ts';
import { converse, type Exchange } from './transcript.ts';

/** Speaks the commands to Debian's libvirtd. */
export async function askLibvirtd(commands: string): Promise<Exchange[]> {
  const directory = await prepareFixtures();
  const libvirtd = await TestLibvirtd.start();
  try {
    return await converse(commands, (args) => libvirtd.ask(args, { env: environment(directory) }), { directory, uri: 'qemu:///system' });
  } finally {
    await libvirtd.stop();
    await removeFixtures(directory);
  }
}
