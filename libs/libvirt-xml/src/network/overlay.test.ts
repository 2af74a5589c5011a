import { expect, test } from 'vitest';
import { formatNetwork, parseNetwork } from '../documents.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { OVERLAY_NAMESPACE, overlayOf } from './overlay.js';

const lab = (overlay: string, more = ''): string => `<network><name>lab</name><metadata>${overlay}</metadata>${more}</network>`;
const ours = (attributes: string, inner = ''): string => `<v:overlay xmlns:v='${OVERLAY_NAMESPACE}' ${attributes}>${inner}</v:overlay>`;

test.each<[string, string, ReturnType<typeof overlayOf>]>([
  ['with its defaults', lab(ours("type='vxlan'")), { type: 'vxlan', port: 4789 }],
  ['with all that it may say', lab(ours("type='vxlan' vni='16777215' port='8472'")), { type: 'vxlan', vni: 16_777_215, port: 8472 }],
  ['without a prefix', lab(`<overlay xmlns='${OVERLAY_NAMESPACE}' type='vxlan'/>`), { type: 'vxlan', port: 4789 }],
  ["of somebody else's", lab("<v:overlay xmlns:v='urn:other' type='geneve'/>"), undefined],
  ['that is not there', '<network><name>lab</name></network>', undefined],
])('an overlay %s', (_, xml, expected) => {
  const network = parseNetwork(xml);
  expect(overlayOf(network)).toEqual(expected);
  expect(overlayOf(parseNetwork(formatNetwork(network)))).toEqual(expected);
});

test.each<[string, string, number, string]>([
  ['another type', lab(ours("type='geneve'")), 67, '/network/metadata/overlay/@type'],
  ['no type', lab(ours('')), 67, '/network/metadata/overlay/@type'],
  ['a number out of range', lab(ours("type='vxlan' vni='16777216'")), 27, '/network/metadata/overlay/@vni'],
  ['a number that is none', lab(ours("type='vxlan' port='x'")), 27, '/network/metadata/overlay/@port'],
  ['an attribute that it does not know', lab(ours("type='vxlan' group='239.0.0.1'")), 67, '/network/metadata/overlay/@group'],
  ['an element inside', lab(ours("type='vxlan'", '<v:peer/>')), 67, '/network/metadata/overlay'],
  [
    "a bridge of the host's own",
    lab(ours("type='vxlan'"), "<forward mode='bridge'/><bridge name='br0'/>"),
    67,
    '/network/metadata/overlay',
  ],
  ["the kernel's own forwarding table", lab(ours("type='vxlan'"), "<bridge macTableManager='kernel'/>"), 67, '/network/metadata/overlay'],
])('an overlay with %s is refused', (_, xml, code, path) => {
  const refused = (() => {
    try {
      return overlayOf(parseNetwork(xml));
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(refused).toBeInstanceOf(LibvirtError);
  expect(refused).toMatchObject({ code, path });
});
