import { beforeEach, expect, test } from 'vitest';
import { Refusal, type Bandwidth, type Port, type ShapePort } from '@virtbus/contracts';
import type { DomainEntry } from '../core/domain-entry.js';
import { LinkError } from '../links/link-error.js';
import type { LiveGuest } from '../live-guest.js';
import { mac, portOf, uuid } from '../test-world.js';
import type { Connection } from './connection.js';
import { tuneInterface } from './tune-interface.js';

const limited = (average: number) => ({ inbound: { average } });
const liveXml = `<domain type='qemu' id='1'><name>demo</name><uuid>${uuid}</uuid><memory>65536</memory><os><type>hvm</type></os><devices>
  <interface type='network'><mac address='${mac}'/><source network='lab' portid='4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11' bridge='virbr0'/>
    <bandwidth><inbound average='100'/></bandwidth><target dev='vnet0'/><alias name='net0'/></interface>
  <interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='br0'/><target dev='vnet1'/><alias name='net1'/></interface>
</devices></domain>`;

let entry: DomainEntry;
let asked: ShapePort[];
let laid: (readonly [Bandwidth | undefined, Bandwidth | undefined])[];
let netd: (request: ShapePort) => Port;
let fault: Error | undefined;
beforeEach(() => {
  [asked, laid, fault] = [[], [], undefined];
  netd = (request) => portOf(request, request.bandwidth ? { bandwidth: request.bandwidth } : {});
  const interfaces = [
    { alias: 'net0', mac, connector: 'bridge', type: 'network', target: 'vnet0', port: portOf({ mac }, { bandwidth: limited(100) }) },
    { alias: 'net1', mac: '52:54:00:00:00:02', connector: 'bridge', type: 'bridge', target: 'vnet1' },
  ];
  entry = { uuid, name: 'demo', epoch: 3, state: 'running', xml: liveXml, interfaces } as unknown as DomainEntry;
});

const limitsOf = ({ net, port }: Connection) => (port ? port.actual.bandwidth : net.bandwidth);
const tune = (device: string, tuning: Bandwidth) =>
  tuneInterface(
    {
      guest: {
        get entry() {
          return entry;
        },
        amend: async (change: (before: DomainEntry) => DomainEntry) => void (entry = change(entry)),
      } as unknown as LiveGuest,
      interfaces: {
        refuseChange: () => undefined,
        change: async (from, to) => {
          laid.push([limitsOf(from), limitsOf(to)]);
          if (fault && laid.length === 1) throw fault;
        },
      },
      ports: {
        shape: async (request) => {
          asked.push(request);
          return netd(request);
        },
      },
      log: { log: () => undefined, warn: () => undefined, error: () => undefined },
    },
    '/run/demo',
    { device, ...tuning },
  );

test('on a network netd is asked, the link is shaped, and both records say so', async () => {
  await tune(mac, limited(200));
  expect(asked).toMatchObject([{ domain: uuid, epoch: 3, mac, bandwidth: limited(200) }]);
  expect(laid).toEqual([[limited(100), limited(200)]]);
  expect(entry.xml).toContain(`<inbound average='200'/>`);
  expect(entry.interfaces[0]?.port?.actual.bandwidth).toEqual(limited(200));
});

test('a limit that is taken away is taken away everywhere', async () => {
  await tune('vnet0', limited(0));
  expect(asked[0]).not.toHaveProperty('bandwidth');
  expect([laid, entry.xml.includes('<bandwidth')]).toEqual([[[limited(100), undefined]], false]);
});

test('on a bridge of the host netd is not asked', async () => {
  await tune('vnet1', limited(50));
  expect([asked, laid]).toEqual([[], [[undefined, limited(50)]]]);
  expect(entry.xml).toContain(`<inbound average='50'/>`);
});

test.each<[string, () => Promise<unknown>, string]>([
  ['an interface that there is not', () => tune('vnet9', limited(1)), "'vnet9' is not a known interface"],
  ['a floor without a network', () => tune('vnet1', { inbound: { floor: 5 } }), 'floor attribute is not supported'],
])('%s is refused, and changes nothing', async (_, act, words) => {
  await expect(act()).rejects.toThrow(words);
  expect([asked, laid, entry.xml]).toEqual([[], [], liveXml]);
});

test('what netd refuses changes nothing', async () => {
  netd = () => {
    throw new Refusal('operation_unsupported', 'no');
  };
  await expect(tune(mac, { inbound: { floor: 5 } })).rejects.toThrow('no');
  expect([laid.filter(([, to]) => to?.inbound?.floor === 5), entry.xml]).toEqual([[], liveXml]);
});

test('a link that cannot be shaped has port and link as they were', async () => {
  fault = new LinkError('system', 'tc');
  await expect(tune(mac, limited(200))).rejects.toBe(fault);
  expect(asked.map(({ bandwidth }) => bandwidth)).toEqual([limited(200), limited(100)]);
  expect([laid.at(-1), entry.xml]).toEqual([[limited(200), limited(100)], liveXml]);
});
