/** Every command says the same, and ends the same, whether it asks the bus or a gateway. */
import { randomUUID } from 'node:crypto';
import { hostFacts } from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBus } from '../../apps/virtbus/src/cli/bus-fleet.js';
import { commands } from '../../apps/virtbus/src/cli/command-table.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import type { Fleet } from '../../apps/virtbus/src/cli/fleet.js';
import { connectRest } from '../../apps/virtbus/src/cli/rest-fleet.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { domainXml, hostId, networkXml, refused, RestFleet } from './rest-fleet.js';

const [web, idle, nowhere, lab, filter, pool, secret, handPort] = Array.from({ length: 8 }, () => randomUUID());
const mac = '52:54:00:00:00:01';
const nic = `<interface type='network'><mac address='${mac}'/><source network='shared'/><target dev='vnet0'/><alias name='net0'/></interface>`;
const disk = "<disk type='file' device='disk'><source file='/x.img'/><target dev='vda' bus='virtio'/></disk>";
const screen = "<graphics type='vnc' port='5901' listen='127.0.0.1'/>";

const files: Readonly<Record<string, string>> = {
  'idle.xml': domainXml('idle', nic, idle),
  'bad.xml': domainXml('bad').replace('qemu', 'xen'),
  'broken.xml': '<domain',
  'nowhere.xml': domainXml('nowhere', '', nowhere),
  'nic.xml': nic,
  'lab.xml': networkXml('lab').replace(
    '</name>',
    `</name><uuid>${lab}</uuid><mac address='52:54:00:00:00:02'/><ip address='10.9.0.1' prefix='24'><dhcp/></ip>`,
  ),
  'pool.xml': `<pool type='dir'><name>images</name><uuid>${pool}</uuid><target><path>/srv/images</path></target></pool>`,
  'secret.xml': `<secret><uuid>${secret}</uuid><usage type='ceph'><name>disk</name></usage></secret>`,
  'vol.xml': "<volume><name>disk</name><capacity unit='MiB'>8</capacity></volume>",
  'port.xml': `<networkport><uuid>${handPort}</uuid><owner><name>web</name><uuid>${web}</uuid></owner><mac address='52:54:00:00:00:03'/></networkport>`,
  'badnet.xml': "<network><name>bad</name><forward mode='none'/></network>",
  'binding.xml': `<filterbinding><owner><name>box</name><uuid>${idle}</uuid></owner><portdev name='veth0'/><mac address='${mac}'/><filterref filter='mine'/></filterbinding>`,
  'filter.xml': `<filter name='mine' chain='root'><uuid>${filter}</uuid><rule action='drop' direction='in'/></filter>`,
};

/** In this order: what one line makes, another looks at and a third takes away. */
const lines: readonly string[] = [
  'define idle.xml',
  'define bad.xml',
  'define bad.xml',
  'define broken.xml',
  'define absent.xml',
  'create nowhere.xml',
  'list --all',
  'list --all --json',
  'list --state-running',
  'dominfo web',
  'dominfo nope',
  'domid web',
  'domname ' + web,
  'domuuid idle',
  'domstate web --reason',
  'domcontrol web',
  'domjobinfo web',
  'edit idle',
  'edit nope',
  'dumpxml web',
  'dumpxml idle --security-info',
  'attach-disk web /a.img vdb --live',
  'attach-disk web /a.img vdb --address x',
  'detach-disk web vda --live',
  'detach-disk web vdq',
  'dumpxml idle --inactive',
  'domiflist web',
  'domiflist idle --inactive',
  'domif-getlink web vnet0',
  'domif-setlink web vnet0 down',
  `domif-rxfilter web ${mac}`,
  'domifaddr web',
  'domifaddr web --source agent',
  'domifaddr idle',
  'domifstat web vnet0',
  'domblklist web',
  'domblkinfo web vda',
  'domblkstat web vda',
  'dommemstat web',
  'domstats',
  'domstats web',
  'domstats web idle',
  'cpu-stats web --total',
  'vcpuinfo web',
  'vcpucount web',
  'vcpucount idle',
  'domdisplay web',
  'vncdisplay web',
  'vncdisplay idle',
  'event --list',
  'event --event lifecycle --timeout 1',
  'net-event --event lifecycle --timeout 1',
  'attach-device web nic.xml --live',
  'attach-device web broken.xml',
  'detach-device web nic.xml --config',
  'update-device web nic.xml',
  'detach-device-alias web net0',
  'attach-interface web network shared --live',
  `detach-interface web network --mac ${mac} --live`,
  `domiftune idle ${mac} --inbound 100,200,50 --config`,
  `domiftune idle ${mac} --config`,
  'domiftune idle nothing --inbound 1 --config',
  'vcpupin idle',
  'vcpupin idle 0 0 --config',
  'vcpupin idle 0 0-9999 --config',
  'vcpupin nope',
  'emulatorpin idle',
  'emulatorpin idle r --config',
  'emulatorpin web',
  'blkdeviotune web vda',
  'blkdeviotune web vdq',
  'blkdeviotune web vda --total-bytes-sec 1M --config',
  'blkdeviotune web vdq --total-bytes-sec 1M --config',
  'setmem idle 32768 --config',
  'setmem idle 0 --config',
  'setmaxmem idle 131072 --config',
  'setvcpus idle 2 --config --maximum',
  'setvcpus idle 9 --config',
  'domrename nope elsewhere',
  'domrename idle elsewhere',
  'domrename elsewhere idle',
  'desc idle --title words',
  'desc idle --title',
  'desc idle',
  'metadata idle http://example.org/ --key app --set <a/>',
  'metadata idle http://example.org/',
  'metadata idle http://nothing.example/',
  'send-key web KEY_ENTER',
  'inject-nmi web',
  'blockresize web vda 1M',
  'blockresize idle vda x',
  'domtime web --time 60',
  'domtime web',
  'guestinfo web',
  'snapshot-list web',
  'snapshot-list nope',
  'nodeinfo',
  'capabilities',
  'domcapabilities --arch frob',
  'nodedev-list',
  'nodedev-dumpxml nobody',
  'iface-list',
  'iface-dumpxml nobody',
  'qemu-monitor-command web --hmp info-status',
  'qemu-agent-command web {"execute":"guest-ping"}',
  'screenshot web web.png',
  'screenshot idle idle.png',
  'autostart idle',
  'autostart idle --disable',
  'start idle',
  'start nope',
  'start web',
  'shutdown web',
  'reboot web',
  'reset web',
  'suspend web',
  'resume web',
  'destroy idle',
  'guest-agent-timeout idle --timeout 20',
  'guest-agent-timeout idle --timeout -3',
  'guest-agent-timeout nope',
  'dompmsuspend web mem',
  'dompmsuspend web sleep',
  'dompmwakeup web',
  'domblkthreshold web vda 1048576',
  'domblkthreshold web vda 1X',
  'domrename idle other',
  'domrename other idle',
  'domrename nope other',
  'domrename web other',
  'undefine idle',
  'undefine idle',
  'net-define lab.xml',
  'net-define badnet.xml',
  'net-list --all',
  'net-info lab',
  'net-dumpxml lab',
  'net-edit lab',
  'net-edit nope',
  'net-uuid lab',
  'net-name ' + lab,
  'net-autostart lab',
  'net-start lab',
  'net-start lab',
  "net-update lab add ip-dhcp-host <host/mac='52:54:00:00:00:09'/ip='10.9.0.9'/> --config --live",
  'net-update lab add ip-dhcp-host <a --config',
  'net-dhcp-leases lab',
  'net-port-list lab',
  'net-port-dumpxml lab ' + lab,
  'net-port-create lab port.xml',
  'net-port-create lab broken.xml',
  'net-port-dumpxml lab ' + handPort,
  'net-port-delete lab ' + handPort,
  'net-port-delete lab ' + handPort,
  'net-dumpxml lab',
  'net-destroy lab',
  'net-destroy lab',
  'net-undefine lab',
  'net-undefine bad',
  'net-create badnet.xml',
  'net-destroy bad',
  'nwfilter-define filter.xml',
  'nwfilter-define broken.xml',
  'nwfilter-list',
  'nwfilter-dumpxml mine',
  'nwfilter-dumpxml nope',
  'nwfilter-binding-create binding.xml',
  'nwfilter-binding-create binding.xml --host nowhere',
  'nwfilter-binding-list',
  'nwfilter-binding-dumpxml veth0',
  'nwfilter-binding-dumpxml veth0 --host host-a',
  'nwfilter-binding-delete veth0 --host host-a',
  'nwfilter-binding-delete veth0',
  'nwfilter-undefine mine',
  'nwfilter-binding-dumpxml vnet9',
  'pool-define pool.xml',
  'pool-define broken.xml',
  'pool-list --all',
  'pool-info images',
  'pool-info nope',
  'pool-dumpxml images',
  `pool-name ${pool}`,
  'pool-name images',
  'pool-uuid images',
  'pool-define-as other dir --target /srv/other',
  'pool-undefine other',
  'pool-create-as other dir',
  'pool-build images',
  'pool-autostart images',
  'pool-start images',
  'pool-start images',
  'pool-refresh images',
  'vol-create images vol.xml',
  'vol-create images broken.xml',
  'vol-create-as images made 8M --format raw',
  'vol-create-as images made 8X',
  'vol-create-as nope made 8M',
  'vol-create-as images upon 8M --backing-vol disk --print-xml',
  'vol-create-from images vol.xml made --inputpool images',
  'vol-create-from images vol.xml nope --inputpool images',
  'vol-clone made again images',
  'vol-clone nope again images',
  'vol-resize made 16M images',
  'vol-resize nope 16M images',
  'vol-path made images',
  'vol-key /srv/images/made',
  'vol-name /srv/images/made',
  'vol-pool /srv/images/made',
  'vol-pool /srv/images/nope',
  'vol-list images',
  'vol-info disk images',
  'vol-dumpxml disk images',
  'vol-upload disk nic.xml images',
  'vol-upload disk nic.xml --pool images --offset 8 --length 4 --json',
  'vol-upload disk absent.xml images',
  'vol-upload nope nic.xml images',
  'vol-download disk web.png images',
  'vol-download disk web.png images --offset 6 --length 9 --json',
  'vol-download nope web.png images',
  'vol-wipe disk images',
  'vol-delete disk images',
  'vol-delete disk images',
  'pool-destroy images',
  'pool-delete images',
  'pool-undefine images',
  'pool-undefine images',
  'pool-create broken.xml',
  'secret-define secret.xml',
  'secret-define broken.xml',
  'secret-list',
  `secret-dumpxml ${secret}`,
  'secret-dumpxml nope',
  `secret-set-value ${secret} --file absent`,
  `secret-set-value ${secret} c2VjcmV0`,
  `secret-undefine ${secret}`,
  `secret-undefine ${secret}`,
  'hosts',
  'cordon nope',
  `cordon ${hostId}`,
  'hosts --json',
  `uncordon ${hostId}`,
  'token-create ci god',
  'token-create ci viewer --expires soon',
  'token-create ci operator --projects blue',
  'token-list',
  'token-revoke 0000000000000000',
  'version',
];

/** What speaks to no fleet, to a terminal, or over one of the ways alone, which has tests of its own. */
const others = [
  'qemu-monitor-event',
  'secret-get-value',
  'console',
  'domxml-to-native',
  'format',
  'validate',
  'login',
  'context',
  'completion',
  'help',
  'up',
];

let fleet: RestFleet;
let heart: NodeJS.Timeout | undefined;
const alive = () => fleet.hostBus.bucket(hostFacts).put({ hostId }, { ...hostFacts.example, hostId });
const ways: Readonly<Record<string, () => Promise<Fleet>>> = {
  bus: () => connectBus(fleet.nats.url, { environment: {}, uid: 1000 }),
  gateway: () => connectRest({ urls: [`unix:${fleet.socket}`], token: undefined, origin: 'given' }),
};

beforeAll(async () => {
  fleet = await RestFleet.start();
  refused.add(nowhere!);
  await alive();
  heart = setInterval(() => void alive(), 1_000);
  await fleet.call('POST /v1/networks', { body: networkXml('shared') });
  await fleet.call('POST /v1/domains', { body: domainXml('web', nic + disk + screen, web) });
  const { json } = await fleet.call('GET /v1/domains/web/xml');
  const xml = String(json['xml']).replace('<domain ', "<domain id='7' ");
  await fleet.run(web!, 'web', { xml });
  await eventually(async () => (await fleet.call('GET /v1/domains/web')).json['state'] === 'running');
});
afterAll(async () => {
  clearInterval(heart);
  await fleet.stop();
});

async function answered(way: string, line: string): Promise<string> {
  const surroundings = new FakeSurroundings();
  for (const [path, content] of Object.entries(files)) surroundings.files.set(path, content);
  const words = line.split(' ').map((word) => word.replaceAll('/mac', ' mac').replaceAll('/ip', ' ip'));
  const status = await runCommandLine(words, surroundings, ways[way]!);
  const picture = surroundings.files.get('web.png');
  return `${surroundings.written}${surroundings.complained}${typeof picture === 'string' ? picture : ''}→ ${status}`;
}

/** What is drawn anew each time. */
const settled = (text: string): string =>
  text
    .replaceAll(/vbt_\S+/g, 'TOKEN')
    .replaceAll(/\b[0-9a-f]{16}\b/g, 'ID')
    // The gateway has looked a domain up before it sends the order, which names it by its UUID.
    .replaceAll(`(${idle})`, '(idle)')
    .replaceAll(/52:54:00:(?!00:00:0)[0-9a-f:]{8}/g, 'MAC')
    .replaceAll(/20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*/g, 'TIME');

const told: Record<string, Record<string, string>> = { bus: {}, gateway: {} };

test('every command has its line', () => {
  const said = new Set(lines.map((line) => line.split(' ')[0]));
  expect(Object.keys(commands).filter((name) => !said.has(name))).toEqual(expect.arrayContaining(others));
  expect(Object.keys(commands).filter((name) => !said.has(name) && !others.includes(name))).toEqual([]);
});

test.each(Object.keys(ways))(
  'asked of the %s they all end',
  async (way) => {
    for (const [index, line] of lines.entries()) told[way]![`${index} ${line}`] = settled(await answered(way, line));
    const { tokens } = (await fleet.call('GET /v1/tokens')).json as { tokens: { id: string }[] };
    for (const { id } of tokens) await fleet.call(`DELETE /v1/tokens/${id}`);
  },
  60_000,
);

test('both have said the same', () => expect(told['gateway']).toEqual(told['bus']));

test('most of what was asked was done, so that not only refusals were compared', () => {
  const done = Object.values(told['gateway']!).filter((text) => text.endsWith('→ 0'));
  expect(done.length).toBeGreaterThan((lines.length * 2) / 3);
});

test('the value of a secret is shown over the bus, and not over REST', async () => {
  await answered('bus', 'secret-define secret.xml');
  await answered('gateway', `secret-set-value ${secret} c2VjcmV0`);
  expect(await answered('bus', `secret-get-value ${secret}`)).toBe('c2VjcmV0\n→ 0');
  expect(await answered('gateway', `secret-get-value ${secret}`)).toBe(
    '\nerror: operation is not supported over REST: gateways show no values of secrets; ask the bus, with --url nats://…\n→ 1',
  );
  await answered('bus', `secret-undefine ${secret}`);
});

test('what monitors say is not told over REST', async () => {
  expect(await answered('gateway', 'qemu-monitor-event --timeout 5')).toBe(
    '\nerror: operation is not supported over REST: what monitors say is kept nowhere; ask the bus, with --url nats://…\n→ 1',
  );
});
