/**
 * What a definition costs: read, filled in, checked and made QEMU's command line, warm, for one document of 10 kB.
 *
 * usage: npm run bench -- definition [--runs N]
 */
import { parseArgs } from 'node:util';
import { commandLineOf } from '../dist/offline/documents.js';

const LIMIT_MS = 3;
const WARM_UP = 100;
const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' } } });
const runs = Number(values.runs);

const disk = (index: number) => `<disk type='file' device='disk'>
  <driver name='qemu' type='qcow2' cache='none' io='native' discard='unmap'/>
  <source file='/var/lib/libvirt/images/disk-${index}.qcow2'/><target dev='vd${String.fromCodePoint(97 + index)}' bus='virtio'/>
  <serial>serial-${index}</serial><iotune><total_iops_sec>1000</total_iops_sec></iotune>
</disk>
`;
const nic = (index: number) => `<interface type='user'>
  <mac address='52:54:00:00:00:${(16 + index).toString(16)}'/><model type='virtio'/><driver name='qemu' queues='1' rx_queue_size='256'/>
</interface>
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
${times(14, disk)}${times(8, nic)}${times(12, channel)}<serial type='pty'/><input type='tablet' bus='usb'/><graphics type='vnc'/><video><model type='vga'/></video>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>
`;

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

function timed(act: () => unknown): number {
  const from = performance.now();
  act();
  return performance.now() - from;
}

for (let left = WARM_UP; left > 0; left -= 1) commandLineOf(xml);
const sorted = Array.from({ length: runs }, () => timed(() => commandLineOf(xml))).toSorted((a, b) => a - b);
console.log(`one definition of ${(Buffer.byteLength(xml) / 1000).toFixed(1)} kB, ${runs} runs, warm`);
const [p50, p95] = [quantile(sorted, 0.5), quantile(sorted, 0.95)];
console.log(`XML to command line   p50 ${p50.toFixed(2)} ms   p95 ${p95.toFixed(2)} ms   (aim ${LIMIT_MS} ms)`);
