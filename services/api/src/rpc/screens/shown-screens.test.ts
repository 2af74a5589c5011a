import { formatDomain, parseDomain } from '@virtbus/libvirt-xml';
import { expect, test } from 'vitest';
import { hasRelayedScreen, withShownScreen } from './shown-screens.js';

const uuid = '00000000-0000-4000-8000-000000000001';
const domain = (graphics: string) =>
  parseDomain(
    `<domain type='qemu' id='1'><name>a</name><uuid>${uuid}</uuid><memory>65536</memory><os><type>hvm</type></os>
      <devices>${graphics}</devices></domain>`,
    { flavour: 'live' },
  );
const shown = (graphics: string): string =>
  formatDomain(withShownScreen(domain(graphics), { address: '127.0.0.1', port: 5907 }), { flavour: 'live' });

const ours = `<graphics type='vnc'><listen type='socket' socket='/run/${uuid}/vnc.sock'/></graphics>`;
const atPort = (address: string) =>
  `<graphics type='vnc' port='5901' autoport='no' listen='${address}'><listen type='address' address='${address}'/></graphics>`;

test('a screen on the host-agent’s socket is shown as libvirt shows one that may have any port', () =>
  expect(shown(ours)).toContain(
    `    <graphics type='vnc' port='5907' autoport='yes' listen='127.0.0.1'>\n      <listen type='address' address='127.0.0.1'/>\n    </graphics>\n`,
  ));

test.each(['127.0.0.1', '0.0.0.0'])('one on a port of its host’s %s is shown at the gateway’s', (address) =>
  expect(shown(atPort(address))).toContain(`<graphics type='vnc' port='5907' autoport='no' listen='127.0.0.1'>`),
);

test.each([
  ['at an address that is the host’s own', atPort('192.0.2.7')],
  ['on a socket that its definition names', `<graphics type='vnc'><listen type='socket' socket='/mine.sock'/></graphics>`],
  ['that is no VNC', `<graphics type='spice' port='5901' autoport='no'/>`],
  ['that there is not', ''],
])('a screen %s stays', (_, graphics) => {
  expect(shown(graphics)).toBe(formatDomain(domain(graphics), { flavour: 'live' }));
  expect(hasRelayedScreen(domain(graphics))).toBe(false);
});
