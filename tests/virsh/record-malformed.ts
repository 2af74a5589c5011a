/**
 * Asks Debian's libvirtd to define every document that is no XML, and writes down why it does not: what virtbus says of them is compared.
 *
 * usage: npm run malformed-record        (root, and the packages libvirt-daemon, libvirt-daemon-driver-qemu, libvirt-clients)
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestLibvirtd } from '@virtbus/testing';

interface Document {
  readonly name: string;
  readonly xml: string;
  readonly answer?: string;
}

const fixture = join(import.meta.dirname, '../../libs/libvirt-xml/fixtures/malformed.json');
const documents = JSON.parse(await readFile(fixture, 'utf8')) as readonly Document[];
const directory = await mkdtemp(join(tmpdir(), 'vb-malformed-'));
const libvirtd = await TestLibvirtd.start();
const answered: Document[] = [];
try {
  const file = join(directory, 'document.xml');
  for (const { name, xml } of documents) {
    await writeFile(file, xml);
    const { stderr } = libvirtd.ask(['define', file], { env: { ...process.env, LC_ALL: 'C' } });
    answered.push({ name, xml, answer: stderr.replace(/^error: Failed to define .*\nerror: /, '').replace(/\n+$/, '') });
  }
} finally {
  await libvirtd.stop();
  await rm(directory, { recursive: true });
}
// What is no plain text is escaped: editors and reviewers see it.
const plain = JSON.stringify(answered, null, 2).replace(
  /[^\n\x20-\x7e]/g,
  (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
);
await writeFile(fixture, `${plain}\n`);
console.log(`${answered.length} documents shown to libvirtd`);
