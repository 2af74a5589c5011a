import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { parseNetwork } from '@virtbus/libvirt-xml';
import { dnsmasqPlanOf } from './dnsmasq.js';

const plan = (inner: string) => dnsmasqPlanOf(parseNetwork(`<network><name>lab</name>${inner}</network>`), 'virbr7');
const ip = (inner = '') => `<ip address='10.7.0.1' netmask='255.255.255.0'>${inner}</ip>`;
const base = ['strict-order', 'except-interface=lo', 'bind-dynamic', 'interface=virbr7'];
const isolated = ['dhcp-option=3', 'no-resolv', 'ra-param=*,0,0'];

test.each<[string, string, string[]]>([
  ['an isolated network with an address', ip(), [...base, ...isolated]],
  ['a nat network', `<forward/>${ip()}`, base],
  [
    'DHCP with a lease time',
    `<forward/>${ip("<dhcp><range start='10.7.0.2' end='10.7.0.9'><lease expiry='2' unit='hours'/></range></dhcp>")}`,
    [...base, 'dhcp-range=10.7.0.2,10.7.0.9,255.255.255.0,2h', 'dhcp-no-override', 'dhcp-authoritative', 'dhcp-lease-max=8'],
  ],
  [
    'hosts without a range',
    `<forward/>${ip("<dhcp><host mac='52:54:00:00:00:01' ip='10.7.0.5'/></dhcp>")}`,
    [...base, 'dhcp-range=10.7.0.1,static', 'dhcp-no-override', 'dhcp-authoritative'],
  ],
  [
    'no DNS',
    `<forward/><dns enable='no'/>${ip("<tftp root='/srv'/>")}`,
    ['strict-order', 'port=0', ...base.slice(1), 'enable-tftp', 'tftp-root=/srv'],
  ],
  [
    'a local domain with reverse names',
    `<forward/><domain name='lab.test' localOnly='yes'/><ip address='10.7.0.1' prefix='24' localPtr='yes'/>`,
    ['strict-order', 'local=/lab.test/', 'domain=lab.test', 'expand-hosts', 'local=/0.7.10.in-addr.arpa/', ...base.slice(1)],
  ],
])('%s', (_, inner, expected) => expect(plan(inner)?.options).toEqual(expected));

test('a network without an address, or with nothing to serve, needs no dnsmasq', () => {
  expect(plan('')).toBeUndefined();
  expect(plan(`<dns enable='no'/>${ip()}`)).toBeUndefined();
});

test('hosts come with their names and lease times', () => {
  const hosts = `<host mac='52:54:00:00:00:01' name='one' ip='10.7.0.5'/><host name='two' ip='10.7.0.6'><lease expiry='0'/></host>`;
  expect(plan(ip(`<dhcp>${hosts}</dhcp>`))?.hosts).toEqual(['52:54:00:00:00:01,10.7.0.5,one', 'two,10.7.0.6,infinite']);
});

test('a value with a line break cannot add an option of its own', () => {
  const evil = `<forward/><dns><txt name='a' value='x&#10;dhcp-script=/bin/evil'/></dns>${ip()}`;
  expect(() => plan(evil)).toThrow(Refusal);
});

const corpus = join(import.meta.dirname, '../../../../../shared/corpus/network-dnsmasq');
describe.skipIf(!existsSync(corpus))("libvirt's own cases", () => {
  const names = existsSync(corpus)
    ? readdirSync(corpus)
        .filter((file) => file.endsWith('.xml'))
        .map((file) => file.slice(0, -4))
    : [];
  /** The host adds what names its paths. */
  const ofHost = /^(#|dhcp-hostsfile=|addn-hosts=|pid-file=)/;
  const lines = (file: string) =>
    existsSync(join(corpus, file)) ? readFileSync(join(corpus, file), 'utf8').split('\n').filter(Boolean) : [];

  test.each(names)('%s', (name) => {
    const network = parseNetwork(readFileSync(join(corpus, `${name}.xml`), 'utf8'));
    const built = dnsmasqPlanOf(network, network.bridge?.name ?? '');
    expect(built?.options.toSorted()).toEqual(
      lines(`${name}.conf`)
        .filter((line) => !ofHost.test(line))
        .toSorted(),
    );
    if (existsSync(join(corpus, `${name}.hostsfile`))) expect(built?.hosts).toEqual(lines(`${name}.hostsfile`));
  });
});
