/**
 * Asks Debian's libvirtd everything in commands.txt and writes down its answers, with which virtbus's are compared.
 *
 * usage: npm run virsh-record        (root, and the packages libvirt-daemon, libvirt-daemon-driver-qemu, libvirt-clients)
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askLibvirtd } from './libvirt.ts';
import { commandsText } from './surroundings.ts';
import { writeTranscript } from './transcript.ts';

const answers = await askLibvirtd(await commandsText());
await writeFile(join(import.meta.dirname, 'libvirt-transcript.txt'), writeTranscript(answers));
console.log(`${answers.length} commands asked of libvirtd`);
