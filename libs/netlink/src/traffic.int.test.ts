import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIfb } from './ifb.js';
import { getLink, setLink, type LinkRef } from './links.js';
import { Rtnetlink } from './rtnetlink.js';
import { testNetns, type TestNetns } from './test-netns.js';
import * as traffic from './traffic.js';

let netns: TestNetns;
let rtnetlink: Rtnetlink;
let link: LinkRef;
let ifb: LinkRef;

const ROOT = 0x1_0000;
const shown = (...args: string[]): string => netns.run('tc', ...args);

beforeAll(() => {
  netns = testNetns();
  netns.run('ip', 'link', 'add', 'tc0', 'type', 'veth', 'peer', 'name', 'tc1');
  rtnetlink = Rtnetlink.open(netns.path);
  createIfb(rtnetlink, 'ifb-tc0');
  link = getLink(rtnetlink, 'tc0')!;
  ifb = getLink(rtnetlink, 'ifb-tc0')!;
  for (const one of [link, ifb]) setLink(rtnetlink, one, { up: true });
});
afterAll(() => {
  rtnetlink.close();
  netns.remove();
});

const fast = { handle: ROOT | 1, parent: ROOT, rate: 100_000, ceil: 200_000, burstBytes: 102_400, quantum: 87 };

describe('a token bucket', () => {
  test('has the classes that tc(8) reads', () => {
    traffic.setHtbRoot(rtnetlink, link, { handle: ROOT, defaultMinor: 1 });
    traffic.setHtbClass(rtnetlink, link, fast);
    expect(shown('qdisc', 'show', 'dev', 'tc0')).toContain('qdisc htb 1: root refcnt');
    // tc writes kilobytes of 1000 bytes as bits, and bursts in kilobytes of 1024.
    expect(shown('class', 'show', 'dev', 'tc0')).toMatch(/htb 1:1 root .*rate 800Kbit ceil 1600Kbit burst 100Kb cburst 1600b/);
  });

  test('is read back as it was made', () => {
    expect(traffic.listQdiscs(rtnetlink, link)).toContainEqual({ kind: 'htb', handle: ROOT, parent: 0xffff_ffff });
    expect(traffic.listClasses(rtnetlink, link)).toEqual([{ ...fast, parent: 0xffff_ffff, burstBytes: expect.closeTo(102_400, -1) }]);
  });

  test('changes a class in place, also beyond 4 GB a second', () => {
    traffic.setHtbClass(rtnetlink, link, { ...fast, rate: 5_000_000_000, ceil: 6_000_000_000 });
    expect(traffic.listClasses(rtnetlink, link)).toMatchObject([{ rate: 5_000_000_000, ceil: 6_000_000_000 }]);
  });

  test('sorts frames for a MAC into a class below', () => {
    traffic.setHtbClass(rtnetlink, link, { handle: ROOT | 3, parent: ROOT | 1, rate: 50_000, ceil: 100_000, quantum: 43 });
    traffic.addClassFilter(rtnetlink, link, { mac: '52:54:00:11:22:33', root: ROOT, minor: 3 });
    const filters = shown('filter', 'show', 'dev', 'tc0', 'parent', '1:');
    expect(filters).toContain('fh 800::803');
    expect(filters).toMatch(/flowid 1:3/);
    expect(filters).toMatch(/match 00112233\/ffffffff at -12\s+match 00005254\/0000ffff at -16/);
    expect(traffic.removeClassFilter(rtnetlink, link, { root: ROOT, minor: 3 })).toBe(true);
    expect(traffic.removeClass(rtnetlink, link, ROOT | 3)).toBe(true);
    expect(traffic.removeClass(rtnetlink, link, ROOT | 3)).toBe(false);
  });

  test('keeps its plain queue where the kernel has no other kind', () => {
    const answer = traffic.addQueue(rtnetlink, link, { handle: 0x2_0000, parent: ROOT | 1 });
    expect(traffic.listQdiscs(rtnetlink, link).some(({ kind }) => kind === 'sfq')).toBe(answer === 'done');
  });

  test('goes, and need not be there to go', () => {
    expect(traffic.removeRootQdisc(rtnetlink, link)).toBe(true);
    expect(traffic.removeRootQdisc(rtnetlink, link)).toBe(false);
    expect(traffic.listClasses(rtnetlink, link)).toEqual([]);
  });
});

describe('what a link receives', () => {
  test('is handed to another link', () => {
    expect([traffic.addIngress(rtnetlink, link), traffic.addIngress(rtnetlink, link)]).toEqual([true, false]);
    traffic.addRedirect(rtnetlink, link, ifb);
    expect(traffic.listIngressFilters(rtnetlink, link)).toEqual([{ redirectTo: ifb.index }]);
    expect(shown('filter', 'show', 'dev', 'tc0', 'parent', 'ffff:')).toContain('Egress Redirect to device ifb-tc0');
  });

  test('is no longer once the hook is removed', () => {
    expect([traffic.removeIngress(rtnetlink, link), traffic.removeIngress(rtnetlink, link)]).toEqual([true, false]);
    expect(traffic.listIngressFilters(rtnetlink, link)).toEqual([]);
  });

  test('is counted against a rate where the kernel can, and else it says that it cannot', () => {
    traffic.addIngress(rtnetlink, link);
    const answer = traffic.addPolice(rtnetlink, link, { rate: 100_000, burstBytes: 102_400 });
    const filters = traffic.listIngressFilters(rtnetlink, link);
    expect(filters).toEqual(answer === 'done' ? [{ policedRate: 100_000 }] : []);
    traffic.removeIngress(rtnetlink, link);
  });
});

test('a link that is gone is an error, a second ifb of one name is not', () => {
  expect(createIfb(rtnetlink, 'ifb-tc0')).toBe(false);
  expect(() => traffic.setHtbRoot(rtnetlink, { index: 9999, name: 'gone' }, { handle: ROOT, defaultMinor: 1 })).toThrow('gone');
});
