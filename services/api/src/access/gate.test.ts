import { createNetworkPort, defineDomain, listHosts, Refusal, startDomain, type AuditRecord, type OwnedBy } from '@virtbus/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { Authenticator } from './authenticator.js';
import { localRoot, type Identity } from './core/identity.js';
import { Gate, type Caller } from './gate.js';
import { RateLimits } from './rate-limits.js';
import { Tickets } from './tickets.js';

const secrets: Readonly<Record<string, OwnedBy>> = { ours: { project: 'blue' }, theirs: { project: 'red' }, fleets: {} };
const [mine, theirs, nobodys] = ['1', '2', '3'].map((n) => `9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f00${n}`) as [string, string, string];
let nowMs = 0;
let audited: AuditRecord[];
let gate: Gate;
beforeEach(() => {
  [nowMs, audited] = [0, []];
  const limits = new RateLimits(() => nowMs);
  gate = new Gate({
    authenticator: new Authenticator({ tokens: { get: () => undefined, named: () => [] }, issuers: [], limits }),
    limits,
    imageRoots: ['/pool'],
    pools: () => [
      { name: 'blue', path: '/blue', project: 'blue' },
      { name: 'red', path: '/red', project: 'red' },
      { name: 'fleet', path: '/fleet' },
    ],
    network: (reference) => ({ lab: {}, secret: { project: 'red' } })[reference],
    domain: (uuid) => ({ [mine]: { project: 'blue' }, [theirs]: { project: 'red' } })[uuid],
    secret: (reference) => secrets['uuid' in reference ? reference.uuid : reference.usage],
    publish: async (record) => void audited.push(record),
    settle: async () => undefined,
    now: () => '2026-11-21T10:00:00.000Z',
  });
});

const caller = (change: Partial<Identity> = {}): Caller => ({
  identity: { name: 'token:ci', role: 'operator', projects: ['blue'], grants: [], ...change },
  via: 'rest',
  from: '192.0.2.7',
});
const code = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (thrown) {
    return thrown instanceof Refusal ? `${thrown.code} ${thrown.libvirt}: ${thrown.message}` : thrown;
  }
};

test('a call that the role does not allow is refused before anything of it is read', () =>
  expect(code(() => gate.admit(caller({ role: 'viewer' }), startDomain))).toBe(
    "forbidden 29: operation forbidden: domain start needs the role operator; 'token:ci' is viewer",
  ));

test('an object of another project is one that is not there, in the same words', () =>
  expect(code(() => gate.check(caller(), startDomain, { reference: 'web', project: 'red' }))).toBe(
    "no_domain 42: Domain not found: no domain with matching name 'web'",
  ));

test('a viewer may send no more than a question needs, and another credential is not slowed down', () => {
  const viewer = caller({ role: 'viewer', name: 'token:eye' });
  expect(gate.admit(viewer, listHosts).bodyBytes).toBeLessThan(gate.admit(caller(), defineDomain).bodyBytes);
  for (let at = 0; at < 399; at += 1) gate.admit(viewer, listHosts);
  expect(code(() => gate.admit(viewer, listHosts))).toContain('rate_limited 9: ');
  gate.admit(caller(), listHosts);
  nowMs = 1_000;
  gate.admit(viewer, listHosts);
});

describe('the project of a new object', () => {
  test.each<[string, Partial<Identity>, string | undefined, unknown]>([
    ['is the first of the caller’s', { projects: ['blue', 'green'] }, undefined, 'blue'],
    ['is the one that is named', { projects: ['blue', 'green'] }, 'green', 'green'],
    ['is none for who is bound to none', { projects: 'all' }, undefined, undefined],
    ['is any for who is bound to none', { projects: 'all' }, 'red', 'red'],
  ])('%s', (_, change, named, expected) => expect(gate.projectFor(caller(change), named)).toBe(expected));

  test('is never another’s', () => expect(code(() => gate.projectFor(caller(), 'red'))).toContain('forbidden 29: '));
});

describe('a definition', () => {
  const plugged = (network: string) =>
    `<domain><devices><interface type='network'><source network='${network}'/></interface></devices></domain>`;
  const portFor = (uuid: string, more = '') => `<networkport><owner><name>o</name><uuid>${uuid}</uuid></owner>${more}</networkport>`;
  const opened = (names: string) =>
    `<domain><devices><disk><source pool='blue'><encryption><secret type='passphrase' ${names}/></encryption></source></disk></devices></domain>`;
  test.each<[string, string, unknown]>([
    ['with a secret of its own project', opened("uuid='ours'"), undefined],
    ['with a secret of another project', opened("uuid='theirs'"), "no_secret 66: Secret not found: no secret with matching uuid 'theirs'"],
    ['with a secret that is not there', opened("uuid='later'"), "no_secret 66: Secret not found: no secret with matching uuid 'later'"],
    ['with a use of the fleet’s own', opened("usage='fleets'"), "no_secret 66: Secret not found: no secret with matching usage 'fleets'"],
    [
      'with a use of another project’s beside a secret of its own',
      opened("uuid='ours' usage='theirs'"),
      expect.stringMatching(/^no_secret 66: .*'theirs'$/),
    ],
    [
      'that asks for a device of the host',
      '<domain><devices><hostdev/></devices></domain>',
      expect.stringMatching(/^forbidden 29: .*<hostdev>.*'hostdev'/),
    ],
    ['that is a port for a domain of its own', portFor(mine), undefined],
    ['that is a port for nobody', portFor(nobodys), undefined],
    [
      'that is a port for a domain of another project',
      portFor(theirs),
      `no_domain 42: Domain not found: no domain with matching name '${theirs}'`,
    ],
    [
      'that is a port for such a domain, its UUID without hyphens',
      portFor(theirs.replaceAll('-', '')),
      expect.stringMatching(/^no_domain 42/),
    ],
    ['that is a port on a host', portFor(mine, `<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="h2"/>`), undefined],
    [
      'that is a domain on a host',
      '<domain><virtbus:placement xmlns:virtbus="x" host="h2"/></domain>',
      expect.stringMatching(/^forbidden 29/),
    ],
    ['that is no XML', '<domain', expect.stringMatching(/^xml_detail 35: /)],
    ['with a document type', '<!DOCTYPE a><domain/>', expect.stringMatching(/^xml_detail 35: /)],
    ['on a network of another project', plugged('secret'), expect.stringMatching(/^no_network 43: /)],
    ['on a network of the fleet', plugged('lab'), undefined],
    ['on a network that is not there', plugged('later'), "no_network 43: Network not found: no network with matching name 'later'"],
  ])('%s', (_, xml, expected) => expect(code(() => gate.checkDefinition(caller(), xml))).toEqual(expected));

  test.each<[string, string, unknown]>([
    ['its own', 'lab', undefined],
    [
      'the other',
      'secret',
      "no_network 43: Network not found: no network with matching name 'secret' among those that the project 'blue' sees",
    ],
    ['none', 'later', "no_network 43: Network not found: no network with matching name 'later'"],
  ])('of somebody of two projects is on networks of its project: %s', (_, network, expected) => {
    const both = caller({ projects: ['blue', 'red'] });
    expect(code(() => gate.checkDefinition(both, plugged(network), 'blue'))).toEqual(expected);
    const nic = `<interface type='network'><source network='${network}'/></interface>`;
    expect(code(() => gate.checkDefinition(both, nic, 'blue'))).toEqual(expected);
  });

  test('of an administrator is taken as it is', () =>
    expect(
      code(() => gate.checkDefinition({ identity: localRoot, via: 'rest' }, '<domain><devices><hostdev/></devices></domain>')),
    ).toBeUndefined());

  test('of an administrator of one project is not', () =>
    expect(code(() => gate.checkDefinition(caller({ role: 'administrator' }), '<domain><emulator>/x</emulator></domain>'))).toContain(
      'forbidden',
    ));
});

describe('the project of a port', () => {
  const of = (by: Caller, network: string, uuid: string, project?: string) =>
    code(() =>
      gate.homeWithin(by, createNetworkPort, {
        network,
        xml: `<networkport><owner><uuid>${uuid}</uuid></owner></networkport>`,
        ...(project === undefined ? {} : { project }),
      }),
    );
  const everybody = caller({ projects: 'all' });
  test.each<[string, () => unknown, object]>([
    ["is its owner's", () => of(everybody, 'lab', theirs), { project: 'red' }],
    ["is its network's when it has no owner", () => of(everybody, 'secret', nobodys), { project: 'red' }],
    ['is none where neither has one', () => of(everybody, 'lab', nobodys), {}],
    ["is the caller's first, on what all share", () => of(caller({ projects: ['blue', 'green'] }), 'lab', nobodys), { project: 'blue' }],
    ['is the one that is named', () => of(caller({ projects: ['blue', 'green'] }), 'lab', nobodys, 'green'), { project: 'green' }],
    ['is never another’s', () => of(caller(), 'lab', nobodys, 'red'), expect.stringContaining('forbidden 29')],
    ['is read from texts alone', () => code(() => gate.homeWithin(everybody, createNetworkPort, { network: 5, xml: {}, project: [] })), {}],
    ['is nothing of other calls', () => code(() => gate.homeWithin(caller(), startDomain, {})), {}],
  ])('%s', (_, given, expected) => expect(given()).toEqual(expected));
});

test('who asked for a change is told, allowed or not', async () => {
  const write = { commandId: 'c1', contract: startDomain, object: 'u', project: 'blue' };
  await gate.audit(caller(), write);
  await gate.audit(caller(), write, new Refusal('forbidden', ''));
  expect(audited).toEqual([
    expect.objectContaining({
      commandId: 'c1',
      who: 'token:ci',
      via: 'rest',
      from: '192.0.2.7',
      call: startDomain.subject,
      object: 'u',
      allowed: true,
    }),
    expect.objectContaining({ allowed: false, code: 'forbidden' }),
  ]);
});

describe('a ticket', () => {
  const tickets = new Tickets(() => nowMs);
  const issue = () => tickets.issue({ caller: caller(), kind: 'console', uuid: 'u', commandId: 'c' }).ticket;

  test('opens what it was given for, once', () => {
    const ticket = issue();
    expect(tickets.redeem(ticket, 'console')).toMatchObject({ uuid: 'u' });
    expect(code(() => tickets.redeem(ticket, 'console'))).toContain('unauthenticated 45: ');
  });
  test('opens nothing else, and is spent by the attempt', () => {
    const ticket = issue();
    expect(code(() => tickets.redeem(ticket, 'graphics'))).toContain('unauthenticated');
    expect(code(() => tickets.redeem(ticket, 'console'))).toContain('unauthenticated');
  });
  test('is no good half a minute later', () => {
    const ticket = issue();
    nowMs += 30_000;
    expect(code(() => tickets.redeem(ticket, 'console'))).toContain('unauthenticated');
  });
  test('that nobody gave is none', () => expect(code(() => tickets.redeem('x', 'console'))).toContain('unauthenticated'));
});

test.each([
  ['a file in a pool of its own', "<source file='/blue/a.img'/>", undefined],
  ["a file in another project's pool", "<source file='/red/a.img'/>", 'forbidden 29'],
  ["a file in the fleet's own pool", "<source file='/fleet/a.img'/>", 'forbidden 29'],
  ['a volume of a pool of its own', "<source pool='blue' volume='a'/>", undefined],
  [
    "a volume of another project's pool",
    "<source pool='red' volume='a'/>",
    "no_pool 49: Storage pool not found: no storage pool with matching name 'red'",
  ],
  ["a volume of the fleet's own pool", "<source pool='fleet' volume='a'/>", 'no_pool 49'],
])('a tenant’s disk is %s', (_, source, refusal) => {
  const type = source.includes('pool=') ? 'volume' : 'file';
  const xml = `<domain type='qemu'><devices><disk type='${type}' device='disk'>${source}</disk></devices></domain>`;
  const said = code(() => gate.checkDefinition(caller(), xml));
  if (refusal === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(refusal);
});
