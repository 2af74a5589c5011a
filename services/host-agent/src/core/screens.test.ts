import { formatDomain, parseDomain } from '@virtbus/libvirt-xml';
import { expect, test } from 'vitest';
import { screenOf, withScreenSockets } from './screens.js';

const domain = (graphics: string) =>
  parseDomain(`<domain type='qemu'><name>a</name><memory>65536</memory><os><type>hvm</type></os><devices>${graphics}</devices></domain>`);

test.each<[string, string, ReturnType<typeof screenOf>]>([
  ['any port is a socket of its own', "<graphics type='vnc' port='-1' autoport='yes'/>", '/run/a/vnc.sock'],
  ['any port on any address, too', "<graphics type='vnc' listen='0.0.0.0'/>", '/run/a/vnc.sock'],
  ['a port that is asked for is that port', "<graphics type='vnc' port='5907'/>", { host: '127.0.0.1', port: 5907 }],
  ['a socket that is asked for is that socket', "<graphics type='vnc' socket='/run/x.sock'/>", '/run/x.sock'],
  ['a screen that nobody sees', "<graphics type='vnc'><listen type='none'/></graphics>", undefined],
  ['a screen that VNC does not show', "<graphics type='spice' autoport='yes'/>", undefined],
  ['no screen at all', '', undefined],
])('%s', (_, graphics, expected) => expect(screenOf(withScreenSockets(domain(graphics), '/run/a'), '/run/a')).toEqual(expected));

test('the live definition says where the screen is', () =>
  expect(formatDomain(withScreenSockets(domain("<graphics type='vnc' port='-1'/>"), '/run/a'), { flavour: 'live' })).toContain(
    "<listen type='socket' socket='/run/a/vnc.sock'/>",
  ));
