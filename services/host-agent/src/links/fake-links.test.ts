import { expect, test } from 'vitest';
import type { LinksUnderTest } from './conformance/case.js';
import { linksCases } from './conformance/cases.js';
import { FakeLinks } from './fake-links.js';
import { LinkError } from './link-error.js';

function fakeUnderTest(): LinksUnderTest {
  const links = new FakeLinks();
  const { host } = links;
  return {
    links,
    restart: async () => new FakeLinks(host),
    hold: async ({ name }) => {
      host.held.add(name);
      return async () => void (host.held.delete(name) && host.taps.delete(name));
    },
    uplink: (name, mac) => void host.uplinks.set(name, { mac, up: false }),
    dnsmasqConfig: (network, bridge) => `interface=${bridge}\n# ${network}\n`,
  };
}

test.each(linksCases)('in memory: $sentence', ({ holds }) => holds(fakeUnderTest()));

test('a failure that was asked for comes once', async () => {
  const links = new FakeLinks();
  links.failures.set('removeFirewall', new LinkError('firewall_failed', 'as asked'));
  await expect(links.removeFirewall('br-a')).rejects.toThrow('as asked');
  await expect(links.removeFirewall('br-a')).resolves.toBeUndefined();
});
