import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type MakeHostBinding } from '@virtbus/contracts';
import type { Bound } from '../core/filter-bindings.js';
import { BindingRunner } from './binding.runner.js';

const owner = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f001';
const mac = '52:54:00:00:01:77';

interface Parts {
  readonly owner?: string;
  readonly portdev?: string;
  readonly mac?: string;
  readonly filterref?: string;
  readonly more?: string;
}
const xmlOf = (parts: Parts = {}): string => {
  const whole = {
    owner: `<owner><name>box</name><uuid>${owner}</uuid></owner>`,
    portdev: "<portdev name='veth0'/>",
    mac: `<mac address='${mac}'/>`,
    filterref: "<filterref filter='mine'><parameter name='ZED' value='1'/><parameter name='IP' value='10.0.0.1'/></filterref>",
    more: '',
    ...parts,
  };
  return `<filterbinding>${Object.values(whole).join('')}</filterbinding>`;
};
const placed = (host: string): string => `<virtbus:placement xmlns:virtbus="urn:virtbus:nwfilter-binding:1" host="${host}"/>`;

let present: string[];
let running: Record<string, string>;
let asked: ({ readonly hostId: string } & Partial<MakeHostBinding>)[];
let known: Bound | Refusal;
let runner: BindingRunner;

beforeEach(() => {
  present = ['a', 'b'];
  running = {};
  asked = [];
  known = new Refusal('no_nwfilter_binding', 'none');
  const hosts = {
    isHost: (id: string) => present.includes(id),
    present: () => present,
    hostOf: (domain: string) => running[domain],
    make: async (hostId: string, order: MakeHostBinding) => void asked.push({ hostId, ...order }),
    remove: async (hostId: string, portDev: string) => void asked.push({ hostId, portDev }),
  };
  const binding = async () => {
    if (known instanceof Refusal) throw known;
    return known;
  };
  runner = new BindingRunner(hosts, { binding }, async () => 17);
});

async function refused(answer: Promise<unknown>): Promise<string> {
  const thrown: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return `${thrown.code} ${thrown.libvirt} ${thrown.domain} ${thrown.message}`;
}

test('a host is given what libvirt would show of the binding', async () => {
  present = ['a'];
  expect(await runner.create({ xml: xmlOf() }, 'c1')).toEqual({ hostId: 'a', portDev: 'veth0', filter: 'mine' });
  expect(asked).toEqual([
    {
      hostId: 'a',
      portDev: 'veth0',
      by: 'c1',
      filters: 17,
      xml: `<filterbinding>
  <owner>
    <name>box</name>
    <uuid>${owner}</uuid>
  </owner>
  <portdev name='veth0'/>
  <mac address='${mac}'/>
  <filterref filter='mine'>
    <parameter name='IP' value='10.0.0.1'/>
    <parameter name='MAC' value='${mac}'/>
    <parameter name='ZED' value='1'/>
  </filterref>
</filterbinding>
`,
    },
  ]);
});

describe('the host', () => {
  test.each<[string, string, string | undefined]>([
    ['of the XML', xmlOf({ more: placed('b') }), undefined],
    ['of the call', xmlOf(), 'b'],
  ])('%s is asked, and shown', async (_, xml, hostId) => {
    expect(await runner.create({ xml, ...(hostId === undefined ? {} : { hostId }) }, 'c1')).toMatchObject({ hostId: 'b' });
    expect(asked[0]?.xml).toMatch(new RegExp(`  ${placed('b')}\\n</filterbinding>\\n$`));
  });

  test('of the owner is asked, and not shown: the owner may go', async () => {
    running = { [owner]: 'b' };
    expect(await runner.create({ xml: xmlOf() }, 'c1')).toMatchObject({ hostId: 'b' });
    expect(asked[0]?.xml).not.toContain('placement');
  });

  test('is not guessed', async () => {
    expect(await refused(runner.create({ xml: xmlOf() }, 'c1'))).toContain(
      "invalid_argument 8 33 invalid argument: which host's link 'veth0'",
    );
    expect(asked).toEqual([]);
  });
});

/** As libvirt 9.0 says it. */
test.each<[string, string, string]>([
  ['no owner', xmlOf({ owner: '' }), 'internal error: filter binding has no owner name'],
  ['an owner without a name', xmlOf({ owner: `<owner><uuid>${owner}</uuid></owner>` }), 'internal error: filter binding has no owner name'],
  ['an owner without a UUID', xmlOf({ owner: '<owner><name>x</name></owner>' }), 'internal error: filter binding has no owner UUID'],
  [
    "an owner's UUID that is none",
    xmlOf({ owner: '<owner><name>x</name><uuid>frob</uuid></owner>' }),
    "internal error: Unable to parse UUID 'frob'",
  ],
  ['no link', xmlOf({ portdev: '' }), 'internal error: filter binding has no port dev name'],
  ['a link without a name', xmlOf({ portdev: "<portdev name=''/>" }), 'internal error: filter binding has no port dev name'],
  ['no MAC', xmlOf({ mac: '' }), 'internal error: filter binding has no MAC address'],
  ['an empty MAC', xmlOf({ mac: "<mac address=''/>" }), 'internal error: filter binding has no MAC address'],
  ['a MAC that is none', xmlOf({ mac: "<mac address='frob'/>" }), "internal error: Unable to parse MAC 'frob'"],
  ['no filter', xmlOf({ filterref: '' }), 'internal error: filter binding has no filter reference'],
  ['an empty filter', xmlOf({ filterref: "<filterref filter=''/>" }), 'internal error: filter binding has no filter reference'],
  ['another document', '<frob/>', "XML error: expecting root element of 'filterbinding', not 'frob'"],
])('a binding with %s is refused', async (_, xml, words) => {
  present = ['a'];
  expect(await refused(runner.create({ xml }, 'c1'))).toContain(words);
  expect(asked).toEqual([]);
});

test('a name that no link can have is that of no link', async () => {
  present = ['a'];
  for (const name of ['averyveryverylongname', 'a/b'])
    expect(await refused(runner.create({ xml: xmlOf({ portdev: `<portdev name='${name}'/>` }) }, 'c1'))).toBe(
      `operation_failed 9 33 operation failed: host 'a' has no link '${name}'`,
    );
});

describe('a deletion', () => {
  const bound = { hostId: 'b', portDev: 'veth0', filter: 'mine', mac, domain: owner, domainName: 'box', xml: '' };

  test('goes to the host that has the link; whose filter it is the host knows', async () => {
    known = bound;
    expect(await runner.delete({ portDev: 'veth0' })).toEqual({ hostId: 'b', portDev: 'veth0', filter: 'mine' });
    expect(asked).toEqual([{ hostId: 'b', portDev: 'veth0' }]);
  });

  test('of what is not there, or could be several, asks nobody', async () => {
    expect(await refused(runner.delete({ portDev: 'veth0' }))).toContain('no_nwfilter_binding 101');
    expect(asked).toEqual([]);
  });
});
