/** What the fleet can do to a domain, a network, a filter or a secret, over REST. */
import { randomUUID } from 'node:crypto';
import * as contracts from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { domainXml, hostId, networkXml, ordered, RestFleet } from './rest-fleet.js';

let fleet: RestFleet;
const uuid = randomUUID();
const nic = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='shared'/></interface>";
const tokens: Record<string, string> = {};

beforeAll(async () => {
  fleet = await RestFleet.start();
  tokens['viewer'] = await fleet.token({ role: 'viewer' });
  tokens['operator'] = await fleet.token({ role: 'operator' });
  tokens['blue'] = await fleet.token({ role: 'operator', projects: ['blue'] });
  tokens['red'] = await fleet.token({ role: 'operator', projects: ['red'] });
  await fleet.call('POST /v1/domains?project=blue', { body: domainXml('web', nic, uuid) });
  await fleet.call('POST /v1/networks', { body: networkXml('shared') });
  await fleet.run(uuid, 'web');
  await eventually(async () => (await fleet.call('GET /v1/domains/web')).json['state'] === 'running');
});
afterAll(() => fleet.stop());

const device = "<interface type='user'/>";
const bindingXml = (portDev: string): string =>
  `<filterbinding><owner><name>box</name><uuid>${uuid}</uuid></owner><portdev name='${portDev}'/><mac address='52:54:00:00:00:07'/><filterref filter='mine'/></filterbinding>`;

describe('what is sent on', () => {
  test.each<[string, string | object | undefined, string, object]>([
    ['attach-device?live=true', device, 'attachdevice', { xml: device, live: true }],
    ['attach-device', { xml: device, config: true }, 'attachdevice', { xml: device, config: true }],
    ['detach-device', { alias: 'net0', live: true }, 'detachdevice', { alias: 'net0', live: true }],
    ['update-device', device, 'updatedevice', { xml: device }],
    ['send-key', { keys: { keycodes: [28] } }, 'sendkey', { keys: { keycodes: [28] } }],
    ['nmi', undefined, 'nmi', {}],
    ['monitor', { monitor: { command: 'info status', hmp: true } }, 'monitor', { monitor: { command: 'info status', hmp: true } }],
    ['agent', { agent: { command: '{}' } }, 'agent', { agent: { command: '{}' } }],
    ['ask-guest', { question: 'guest-get-time' }, 'guestagent', { question: 'guest-get-time' }],
  ])('POST …/%s', async (path, body, verb, payload) => {
    ordered.length = 0;
    const { status, headers } = await fleet.call(`POST /v1/domains/web/${path}`, body === undefined ? {} : { body });
    expect([status, typeof headers['virtbus-operation']]).toEqual([200, 'string']);
    expect(JSON.parse(JSON.stringify(ordered))).toEqual([
      { subject: `virtbus.v1.cmd.domain.${verb}`, payload: { domain: uuid, ...payload } },
    ]);
  });

  test('an operator asks what harms nothing', async () => {
    const { status } = await fleet.call('POST /v1/domains/web/ask-guest', {
      token: tokens['operator'],
      body: { question: 'guest-get-users' },
    });
    expect(status).toBe(200);
  });

  test('the path says which domain, whatever the body says', async () => {
    ordered.length = 0;
    await fleet.call('PUT /v1/domains/web/time', { body: { time: { seconds: 1 }, domain: 'other' } });
    expect(ordered).toMatchObject([{ payload: { domain: uuid } }]);
  });

  test('what a monitor has answered is answered', async () =>
    expect((await fleet.call('POST /v1/domains/web/monitor', { body: { monitor: { command: 'x', hmp: true } } })).json).toEqual({
      output: 'VM status: running\r\n',
    }));

  test('a condition that nobody would look at is refused, and not passed over', async () => {
    ordered.length = 0;
    const refused = await fleet.call('POST /v1/domains/web/nmi', { headers: { 'if-match': '"1"' } });
    expect(refused.json).toMatchObject({ status: 400, code: 'payload_invalid', path: 'If-Match' });
    expect(ordered).toEqual([]);
  });

  test('one key is one order', async () => {
    ordered.length = 0;
    const headers = { 'idempotency-key': randomUUID() };
    const [first, second] = [
      await fleet.call('POST /v1/domains/web/nmi', { headers }),
      await fleet.call('POST /v1/domains/web/nmi', { headers }),
    ];
    expect([first.status, second.headers['virtbus-operation']]).toEqual([200, first.headers['virtbus-operation']]);
    expect(ordered).toHaveLength(1);
  });
});

describe('what is refused', () => {
  test.each<[string, string, string | object | undefined, string]>([
    ['viewer', 'POST /v1/domains/web/attach-device', device, '403 forbidden'],
    ['viewer', 'GET /v1/domains/web/screenshot', undefined, '403 forbidden'],
    ['viewer', 'GET /v1/secrets', undefined, '403 forbidden'],
    ['operator', 'POST /v1/domains/web/monitor', { monitor: { command: 'quit' } }, '403 forbidden'],
    ['viewer', 'POST /v1/domains/web/ask-guest', { question: 'guest-get-time' }, '403 forbidden'],
    ['operator', 'POST /v1/domains/web/ask-guest', { question: 'guest-exec' }, '400 payload_invalid'],
    ['operator', 'POST /v1/domains/web/agent', { agent: { command: '{}' } }, '403 forbidden'],
    ['operator', 'POST /v1/nwfilters', "<filter name='x'/>", '403 forbidden'],
    ['viewer', 'POST /v1/nwfilter-bindings', bindingXml('veth0'), '403 forbidden'],
    ['blue', 'POST /v1/nwfilter-bindings', bindingXml('veth0'), '403 forbidden'],
    ['blue', 'DELETE /v1/nwfilter-bindings/veth0', undefined, '403 forbidden'],
    ['operator', 'POST /v1/nwfilter-bindings?hostId=nowhere', bindingXml('veth0'), '404 no_host'],
    ['operator', 'POST /v1/nwfilter-bindings', '<filterbinding/>', '400 xml_error'],
    ['operator', 'DELETE /v1/nwfilter-bindings/veth9', undefined, '404 no_nwfilter_binding'],
    ['operator', 'POST /v1/domains/web/attach-device', "<hostdev mode='subsystem' type='pci'/>", '403 forbidden'],
    ['operator', 'POST /v1/domains/web/attach-device', '<', '400 xml_detail'],
    ['operator', 'POST /v1/domains/web/send-key', { keys: { keycodes: [] } }, '400 payload_invalid'],
    ['operator', 'POST /v1/domains/web/send-key', undefined, '400 payload_invalid'],
    ['operator', 'PUT /v1/domains/web/memory', { memoryKiB: 0 }, '400 payload_invalid'],
    ['operator', 'PUT /v1/domains/none/memory', { memoryKiB: 1 }, '404 no_domain'],
    ['operator', 'GET /v1/domains/web/metadata', undefined, '400 payload_invalid'],
    ['operator', 'GET /v1/domains/web/metadata?kind=colour', undefined, '400 payload_invalid'],
    ['operator', 'GET /v1/domains/web/rx-filter', undefined, '400 payload_invalid'],
    ['operator', 'POST /v1/domains/web/nmi?x=1', undefined, '400 payload_invalid'],
    ['operator', 'POST /v1/networks/none/update', { command: 'add-last', section: 'dns-host', xml: '<host/>' }, '404 no_network'],
    ['operator', 'GET /v1/secrets/none', undefined, '404 no_secret'],
    ['operator', `DELETE /v1/secrets/${randomUUID()}`, undefined, '404 no_secret'],
    ['red', 'POST /v1/domains/web/nmi', undefined, '404 no_domain'],
    ['red', 'GET /v1/domains/web/stats', undefined, '404 no_domain'],
    ['red', 'GET /v1/domains/web/metadata?kind=title', undefined, '404 no_domain'],
    ['blue', 'POST /v1/networks/shared/update', { command: 'add-last', section: 'dns-host', xml: '<host/>' }, '403 forbidden'],
    ['blue', `PUT /v1/secrets/${randomUUID()}/value`, { value: 'eA==' }, '404 no_secret'],
  ])('%s: %s %j → %s', async (who, line, body, expected) => {
    ordered.length = 0;
    const { status, json } = await fleet.call(line, { token: tokens[who], ...(body === undefined ? {} : { body }) });
    expect(`${status} ${String(json['code'])}`).toBe(expected);
    expect(ordered).toEqual([]);
  });
});

describe('definitions', () => {
  test('have their memory, processors and words changed', async () => {
    const { json } = await fleet.call('POST /v1/domains', { body: domainXml('idle') });
    const put = async (path: string, body: object) => (await fleet.call(`PUT /v1/domains/idle/${path}`, { body })).json;
    expect(await put('memory', { memoryKiB: 32_768, config: true })).toEqual({ uuid: json['uuid'], name: 'idle' });
    expect(await put('vcpus', { vcpus: 2, maximum: true, config: true })).toMatchObject({ name: 'idle' });
    expect(await put('metadata', { metadata: { kind: 'title', value: 'Idle & alone' }, config: true })).toMatchObject({ name: 'idle' });
    expect((await fleet.call('GET /v1/domains/idle/metadata?kind=title')).json).toEqual({ value: 'Idle & alone' });
    expect((await fleet.call('GET /v1/domains/idle/metadata?kind=description')).json).toMatchObject({
      status: 404,
      code: 'no_domain_metadata',
    });
    const { text } = await fleet.call('GET /v1/domains/idle', { headers: { accept: 'application/xml' } });
    expect(text).toContain("<currentMemory unit='KiB'>32768<");
  });

  test('of networks have a part changed, by XML or JSON', async () => {
    const host = "<host mac='52:54:00:00:00:09' ip='10.9.0.9'/>";
    const body = "<network><name>dhcp</name><ip address='10.9.0.1' prefix='24'><dhcp/></ip></network>";
    await fleet.call('POST /v1/networks', { body });
    expect((await fleet.call('POST /v1/networks/dhcp/update?command=add-last&section=ip-dhcp-host&config', { body: host })).status).toBe(
      200,
    );
    expect((await fleet.call('GET /v1/networks/dhcp/xml')).json['xml']).toContain("ip='10.9.0.9'");
    const wish = { command: 'delete', section: 'ip-dhcp-host', xml: host, config: true };
    expect((await fleet.call('POST /v1/networks/dhcp/update', { body: wish })).status).toBe(200);
    expect((await fleet.call('GET /v1/networks/dhcp/xml')).json['xml']).not.toContain("ip='10.9.0.9'");
  });
});

describe('a running guest', () => {
  test('is looked at', async () => {
    expect((await fleet.call('GET /v1/domains/web/stats?groups=cpu-total')).json).toEqual({
      records: [{ uuid, stats: { 'cpu.time': 7 } }],
    });
    expect((await fleet.call('GET /v1/domains/web/addresses?source=arp')).json).toHaveProperty('interfaces');
    expect((await fleet.call('GET /v1/domains/web/rx-filter?interface=52:54:00:00:00:01')).status).toBe(200);
  });

  test('is counted among all only where it is seen', async () => {
    const counted = async (token?: string) => ((await fleet.call('GET /v1/stats', { token })).json['records'] as unknown[]).length;
    expect([await counted(), await counted(tokens['blue']), await counted(tokens['red'])]).toEqual([1, 1, 0]);
  });

  test('shows a picture in one piece, or in several', async () => {
    const picture = await fleet.call('GET /v1/domains/web/screenshot', { headers: { accept: 'image/*' } });
    expect([picture.headers['content-type'], picture.text]).toEqual(['image/png', 'PICTURE']);
    const first = await fleet.call('GET /v1/domains/web/screenshot?screen=0');
    expect(first.json).toMatchObject({ mimeType: 'image/png', bytes: 7, offset: 0 });
    expect((await fleet.call(`GET /v1/domains/web/screenshot?id=${String(first.json['id'])}&offset=3`)).json).toMatchObject({ offset: 3 });
  });
});

describe('filters', () => {
  const xml = "<filter name='mine' chain='root'><rule action='drop' direction='in'/></filter>";
  test('are kept, read as XML and forgotten', async () => {
    const made = await fleet.call('POST /v1/nwfilters', { body: xml });
    const place = String(made.headers['location']);
    expect([made.status, place]).toEqual([201, `/v1/nwfilters/${String(made.json['uuid'])}`]);
    expect((await fleet.call(`GET ${place}`, { headers: { accept: 'application/xml' } })).text).toContain("<filter name='mine'");
    expect((await fleet.call('GET /v1/nwfilters', { token: tokens['viewer'] })).json['filters']).toContainEqual(made.json);
    expect((await fleet.call('DELETE /v1/nwfilters/mine')).status).toBe(200);
    expect((await fleet.call(`GET ${place}`)).json).toMatchObject({ status: 404, code: 'no_nwfilter' });
  });
  test('are put on links and taken off by whom no project binds, at whichever gateway', async () => {
    await fleet.hostBus.bucket(contracts.hostFacts).put({ hostId }, { ...contracts.hostFacts.example, hostId });
    const place = `/v1/nwfilter-bindings/veth0?hostId=${hostId}`;
    await eventually(async () => {
      const made = await fleet.call('POST /v1/nwfilter-bindings', { token: tokens['operator'], body: bindingXml('veth0') });
      return made.status === 201 && made.headers['location'] === place;
    });
    const other = await fleet.another();
    const asked = async (line: string) => {
      const [method = 'GET', path = ''] = line.split(' ');
      return fetch(
        new URL(
          path,
          other.rest.find((address) => address.startsWith('http')),
        ),
        {
          method,
          headers: { authorization: `Bearer ${tokens['operator']}` },
        },
      );
    };
    try {
      expect(await (await asked('GET /v1/nwfilter-bindings/veth0')).json()).toMatchObject({
        xml: expect.stringContaining("<portdev name='veth0'/>"),
      });
      expect((await fleet.call(`DELETE ${place}`, { token: tokens['operator'] })).json).toEqual({
        hostId,
        portDev: 'veth0',
        filter: 'mine',
      });
      expect((await asked('GET /v1/nwfilter-bindings/veth0')).status).toBe(404);
    } finally {
      await other.close();
    }
  });
  test('no link has one that is not there', async () => {
    expect((await fleet.call('GET /v1/nwfilter-bindings')).json).toEqual({ bindings: [] });
    expect((await fleet.call('GET /v1/nwfilter-bindings/vnet9')).json).toMatchObject({ code: 'no_nwfilter_binding' });
    expect((await fleet.call('GET /v1/nwfilter-bindings?limit=1')).json).toEqual({ bindings: [] });
  });
});

test('network filters are listed page by page', async () => {
  const namesOf = (json: Readonly<Record<string, unknown>>) => (json['filters'] as { name: string }[]).map(({ name }) => name);
  const whole = namesOf((await fleet.call('GET /v1/nwfilters')).json);
  const first = await fleet.call('GET /v1/nwfilters?limit=5');
  const rest = await fleet.call(`GET /v1/nwfilters?after=${String(first.json['next'])}`);
  expect(whole.length).toBeGreaterThan(6);
  expect([...namesOf(first.json), ...namesOf(rest.json)]).toEqual(whole);
  expect([namesOf(first.json).length, rest.json['next']]).toEqual([5, undefined]);
  for (const query of ['limit=0', 'limit=1001', 'after=%25'])
    expect((await fleet.call(`GET /v1/nwfilters?${query}`)).json).toMatchObject({ status: 400, code: 'payload_invalid' });
});

describe('secrets', () => {
  const xml = "<secret ephemeral='no' private='no'><usage type='ceph'><name>disk</name></usage></secret>";
  test('are kept, and their values are written and never read', async () => {
    const made = await fleet.call('POST /v1/secrets', { body: xml });
    const place = String(made.headers['location']);
    expect([made.status, place]).toEqual([201, `/v1/secrets/${String(made.json['uuid'])}`]);
    const value = Buffer.from('very secret').toString('base64');
    expect((await fleet.call(`PUT ${place}/value`, { body: { value } })).status).toBe(200);
    expect((await fleet.call(`PUT ${place}/value`, { body: { value: '!' } })).json).toMatchObject({
      code: 'payload_invalid',
      path: 'value',
    });
    expect((await fleet.call(`GET ${place}/value`)).status).toBe(405);
    const shown = await fleet.call(`GET ${place}`, { token: tokens['operator'] });
    expect(shown.json).toMatchObject({ usageType: 'ceph', usageId: 'disk' });
    const list = await fleet.call('GET /v1/secrets?fields=uuid');
    expect(list.json).toEqual({ secrets: [{ uuid: made.json['uuid'] }] });
    expect(shown.text + list.text).not.toContain(value);
    expect((await fleet.call(`DELETE ${place}`)).status).toBe(200);
    expect((await fleet.call(`GET ${place}`)).status).toBe(404);
  });

  test('of a project are there for nobody else, and the fleet’s own for no project', async () => {
    const of = (name: string) => xml.replace('disk', name);
    const made = await fleet.call('POST /v1/secrets', { token: tokens['blue'], body: of('ours') });
    const fleets = await fleet.call('POST /v1/secrets', { body: of('fleets') });
    const [ours, own] = [made, fleets].map(({ headers }) => String(headers['location']));
    expect((await fleet.call(`GET ${ours}`, { token: tokens['blue'] })).json).toMatchObject({ project: 'blue', usageId: 'ours' });
    const seen = async (who: string) => (await fleet.call('GET /v1/secrets?fields=usageId', { token: tokens[who] })).json['secrets'];
    expect([await seen('blue'), await seen('red')]).toEqual([[{ usageId: 'ours' }], []]);
    for (const [who, place] of [
      ['red', ours],
      ['blue', own],
    ] as const) {
      for (const line of [`GET ${place}`, `DELETE ${place}`, `PUT ${place}/value`]) {
        const body = line.startsWith('PUT') ? { body: { value: 'eA==' } } : {};
        const { status, json } = await fleet.call(line, { token: tokens[who], ...body });
        expect([line, status, json['code']]).toEqual([line, 404, 'no_secret']);
      }
    }
    expect((await fleet.call('POST /v1/secrets?project=red', { token: tokens['blue'], body: of('sly') })).status).toBe(403);
    const body = { xml: of('sly'), project: 'red' };
    expect((await fleet.call('POST /v1/secrets', { token: tokens['blue'], body })).status).toBe(403);
    for (const place of [ours, own]) await fleet.call(`DELETE ${place}`);
  });

  test('of another project open no disk of a domain, as if they were not there', async () => {
    const made = await fleet.call('POST /v1/secrets', { token: tokens['red'], body: xml });
    const opened = (secret: string) =>
      domainXml(
        'opened',
        `<disk type='volume'><source pool='p' volume='v'><encryption format='luks'><secret type='passphrase' ${secret}/></encryption></source></disk>`,
      );
    const define = async (secret: string) => (await fleet.call('POST /v1/domains', { token: tokens['blue'], body: opened(secret) })).json;
    expect(await define(`uuid='${String(made.json['uuid'])}'`)).toMatchObject({ status: 404, code: 'no_secret' });
    expect(await define("usage='disk'")).toMatchObject({ status: 404, code: 'no_secret' });
    await fleet.call(`DELETE ${String(made.headers['location'])}`);
  });
});

describe('ports', () => {
  const port = randomUUID();
  test('of a network are those of domains that the caller sees', async () => {
    await fleet.call('POST /v1/networks/shared/start');
    await fleet.port({ id: port, network: 'shared', domain: uuid, domainName: 'web' });
    const ports = async (token?: string) =>
      ((await fleet.call('GET /v1/networks/shared/ports', { token })).json['ports'] as unknown[]).length;
    await eventually(async () => (await ports()) === 1);
    expect([await ports(tokens['blue']), await ports(tokens['red'])]).toEqual([1, 0]);
    const leases = async (token?: string) =>
      ((await fleet.call('GET /v1/networks/shared/leases', { token })).json['leases'] as unknown[]).length;
    await eventually(async () => (await leases()) === 1);
    expect([await leases(tokens['blue']), await leases(tokens['red'])]).toEqual([1, 0]);
    const xml = { headers: { accept: 'application/xml' } };
    expect((await fleet.call(`GET /v1/networks/shared/ports/${port}`, xml)).text).toContain(`<uuid>${port}</uuid>`);
    expect((await fleet.call(`GET /v1/networks/shared/ports/${port}`, { token: tokens['red'] })).json).toMatchObject({
      status: 404,
      code: 'no_network_port',
    });
  });

  const made = (id: string, of: object = {}) => ({ id, owner: uuid, mac: '52:54:00:00:00:77', more: '', ...of });
  const portXml = ({ id, owner, mac, more }: ReturnType<typeof made>) =>
    `<networkport><uuid>${id}</uuid><owner><name>web</name><uuid>${owner}</uuid></owner><mac address='${mac}'/>${more}</networkport>`;
  const create = (of: ReturnType<typeof made>, token?: string, network = 'shared') =>
    fleet.call(`POST /v1/networks/${network}/ports`, { body: portXml(of), token });
  const macsOf = async (token?: string, network = 'shared') =>
    ((await fleet.call(`GET /v1/networks/${network}/ports`, { token })).json['ports'] as { mac: string }[]).map(({ mac }) => mac);
  const codeOf = async (answer: ReturnType<RestFleet['call']>) => (await answer).json['code'] ?? 'done';

  describe('made by hand', () => {
    const [own, fleets, twin] = [randomUUID(), randomUUID(), randomUUID()];
    beforeAll(async () => {
      await fleet.call('POST /v1/networks?project=red', { body: networkXml('theirs') });
      await fleet.call('POST /v1/networks/theirs/start');
    });
    beforeEach(() => fleet.hostBus.bucket(contracts.hostFacts).put({ hostId }, { ...contracts.hostFacts.example, hostId }));

    test('are of a project, which sees and changes them alone', async () => {
      const { status, headers, json } = await create(made(own), tokens['blue']);
      const { uuid: net } = (await fleet.call('GET /v1/networks/shared')).json;
      expect([status, headers['location']]).toEqual([201, `/v1/networks/${String(net)}/ports/${own}`]);
      expect(json).toEqual({ uuid: own, networkUuid: net, mac: '52:54:00:00:00:77', hostId });
      expect([await macsOf(tokens['blue']), await macsOf(tokens['red'])]).toEqual([
        expect.arrayContaining(['52:54:00:00:00:77']),
        expect.not.arrayContaining(['52:54:00:00:00:77']),
      ]);
      const ports = (token: string) => fleet.call('GET /v1/ports?fields=id,domain,byHand', { token: tokens[token] });
      expect((await ports('blue')).json['ports']).toContainEqual({
        ...{ id: own, domain: uuid },
        byHand: expect.objectContaining({ project: 'blue', owner: { name: 'web', uuid } }) as object,
      });
      expect((await ports('red')).json['ports']).toEqual([]);
    });

    test.each<[string, () => ReturnType<RestFleet['call']>, string]>([
      ['of another project', () => fleet.call(`DELETE /v1/networks/shared/ports/${own}`, { token: tokens['red'] }), 'no_network_port'],
      ['by a viewer', () => fleet.call(`DELETE /v1/networks/shared/ports/${own}`, { token: tokens['viewer'] }), 'forbidden'],
      ['of an interface', () => fleet.call(`DELETE /v1/networks/shared/ports/${port}`, { token: tokens['blue'] }), 'operation_invalid'],
      [
        'that there is not',
        () => fleet.call(`DELETE /v1/networks/shared/ports/${randomUUID()}`, { token: tokens['blue'] }),
        'no_network_port',
      ],
      ['whose XML is a number', () => fleet.call('POST /v1/networks/shared/ports', { body: { xml: 5 } }), 'payload_invalid'],
      ['on a network of another project', () => create(made(twin), tokens['blue'], 'theirs'), 'no_network'],
      ['for a domain of another project', () => create(made(twin, { mac: '52:54:00:00:00:78' }), tokens['red']), 'no_domain'],
      ['by a viewer, new', () => create(made(twin), tokens['viewer']), 'forbidden'],
      ['with the UUID of another', () => create(made(own, { mac: '52:54:00:00:00:78' }), tokens['blue']), 'network_port_exists'],
      ['with the MAC of another', () => create(made(twin), tokens['operator']), 'mac_in_use'],
      ['with the MAC of the guest', () => create(made(twin, { mac: '52:54:00:12:34:56' }), tokens['operator']), 'mac_in_use'],
    ])('%s is refused', async (_, act, code) => expect(await codeOf(act())).toBe(code));

    test('of one UUID on two networks are two, each its own project’s', async () => {
      const other = made(own, { owner: randomUUID() });
      expect(await codeOf(create(other, tokens['red'], 'theirs'))).toBe('done');
      expect(await codeOf(fleet.call(`DELETE /v1/networks/shared/ports/${own}`, { token: tokens['red'] }))).toBe('no_network_port');
      expect(await codeOf(fleet.call(`DELETE /v1/networks/theirs/ports/${own}`, { token: tokens['red'] }))).toBe('done');
      expect(await macsOf(tokens['blue'])).toContain('52:54:00:00:00:77');
    });

    test('are changed, and given back', async () => {
      const bandwidth = { inbound: { average: 100 } };
      const tuned = fleet.call(`POST /v1/networks/shared/ports/${own}/tune`, { body: { bandwidth }, token: tokens['blue'] });
      expect(await codeOf(tuned)).toBe('done');
      const xml = await fleet.call(`GET /v1/networks/shared/ports/${own}`, {
        headers: { accept: 'application/xml' },
        token: tokens['blue'],
      });
      expect(xml.text).toContain("<inbound average='100'/>");
      expect(await codeOf(fleet.call(`DELETE /v1/networks/shared/ports/${own}`, { token: tokens['blue'] }))).toBe('done');
      expect(await macsOf(tokens['blue'])).not.toContain('52:54:00:00:00:77');
    });

    test("of the fleet's own are nobody else's", async () => {
      const more = `<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="${hostId}"/>`;
      expect(await codeOf(create(made(fleets, { owner: randomUUID(), more }), tokens['operator']))).toBe('done');
      expect(await codeOf(fleet.call(`DELETE /v1/networks/shared/ports/${fleets}`, { token: tokens['blue'] }))).toBe('no_network_port');
      expect(await codeOf(fleet.call(`DELETE /v1/networks/shared/ports/${fleets}`, { token: tokens['operator'] }))).toBe('done');
    });
  });
});
