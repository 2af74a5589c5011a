/**
 * What a definition costs: read, filled in, checked and made QEMU's command line, warm, for one document of 10 kB.
 * Where libvirtd is installed, the same document goes through `virsh domxml-to-native qemu-argv`: one virsh for many of them, so that
 * its start does not count. The document has no interfaces: for each one virsh's question makes libvirtd run `tc`, which is not what is
 * measured here.
 *
 * usage: npm run bench -- definition [--runs N]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TestLibvirtd } from '@virtbus/testing';
import { commandLineOf } from '../dist/offline/documents.js';

const LIMIT_MS = 3;
const WARM_UP = 500;
const LIBVIRT_RUNS = 20;
const MICROSECONDS_PER_MS = 1000;
const { values } = parseArgs({ options: { runs: { type: 'string', default: '500' } } });
const runs = Number(values.runs);

const disk = (index: number) => `<disk type='file' device='disk'>
  <driver name='qemu' type='qcow2' cache='none' io='native' discard='unmap'/>
  <source file='/var/lib/libvirt/images/disk-${index}.qcow2'/><target dev='vd${String.fromCodePoint(97 + index)}' bus='virtio'/>
  <serial>serial-${index}</serial><iotune><total_iops_sec>1000</total_iops_sec></iotune>
</disk>
`;
const channel = (index: number) =>
  `<channel type='unix'><source mode='bind' path='/tmp/channel-${index}'/><target type='virtio' name='org.example.${index}'/></channel>\n`;
const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join('');

const xml = `<domain type='qemu'>
<name>bench</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory unit='MiB'>4096</memory><vcpu>8</vcpu>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
<features><acpi/><apic/><hyperv><relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/></hyperv></features>
<cpu mode='custom'><model>qemu64</model><topology sockets='2' cores='2' threads='2'/></cpu>
<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/></clock>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
${times(24, disk)}${times(19, channel)}<serial type='pty'/><input type='tablet' bus='usb'/><graphics type='vnc'/><video><model type='vga'/></video>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>
`;

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

function timed(act: () => unknown): number {
  const from = performance.now();
  act();
  return performance.now() - from;
}

/** Milliseconds for each document; undefined when libvirtd is not installed. */
async function libvirtMs(): Promise<number | undefined> {
  if (!TestLibvirtd.isInstalled()) return undefined;
  const libvirtd = await TestLibvirtd.start();
  try {
    const file = join(libvirtd.directory, 'bench.xml');
    await writeFile(file, xml);
    const convert = (count: number) =>
      timed(() => libvirtd.virsh(Array.from({ length: count }, () => `domxml-to-native qemu-argv ${file}`).join('; ')));
    const one = convert(1);
    return (convert(LIBVIRT_RUNS + 1) - one) / LIBVIRT_RUNS;
  } finally {
    await libvirtd.stop();
  }
}

for (let left = WARM_UP; left > 0; left -= 1) commandLineOf(xml);
const before = process.cpuUsage();
const sorted = Array.from({ length: runs }, () => timed(() => commandLineOf(xml))).toSorted((a, b) => a - b);
const { user, system } = process.cpuUsage(before);
const processor = (user + system) / MICROSECONDS_PER_MS / runs;
const [p50, p95] = [quantile(sorted, 0.5), quantile(sorted, 0.95)];
console.log(`one definition of ${(Buffer.byteLength(xml) / 1000).toFixed(1)} kB, ${runs} runs, warm`);
console.log(
  `XML to command line   p50 ${p50.toFixed(2)} ms   p95 ${p95.toFixed(2)} ms   (aim ${LIMIT_MS} ms)   processor ${processor.toFixed(2)} ms each`,
);
const libvirt = await libvirtMs();
if (libvirt === undefined) console.log('virsh domxml-to-native   libvirtd is not installed');
else console.log(`virsh domxml-to-native   ${libvirt.toFixed(2)} ms each   ratio ${(libvirt / p50).toFixed(2)}`);
