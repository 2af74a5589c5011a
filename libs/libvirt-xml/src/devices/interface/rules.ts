/** What libvirt refuses of one interface by itself, while it is read. */
import { fault, unsupported, type Place } from '../../model/place.js';
import { findChild } from '../../model/read.js';
import { isVirtioModel } from './model.js';
import type { NetDef } from './interface.js';

type Rule = (value: NetDef, at: Place) => void;

/** @throws LibvirtError at the first rule that the interface breaks. */
export function checkInterface(value: NetDef, at: Place): void {
  for (const rule of [checkVirtualport, checkUnmanaged, checkVhostuser, checkMtu, checkCoalesce, checkBandwidth, checkHostSide])
    rule(value, at);
}

const checkVirtualport: Rule = ({ type }, at) => {
  const given = at.element.children.some((found) => found.kind === 'element' && found.name === 'virtualport');
  if (!given || ['network', 'bridge', 'direct', 'hostdev'].includes(type)) return;
  throw unsupported(at, `<virtualport> element unsupported for <interface type='${type}'>`);
};

const checkUnmanaged: Rule = ({ target, type }, at) => {
  if (target?.managed !== false || type === 'ethernet') return;
  throw unsupported(at, `unmanaged target dev is not supported on interfaces of type '${type}'`);
};

const checkVhostuser: Rule = ({ type, model }, at) => {
  if (type !== 'vhostuser' || isVirtioModel(model?.type)) return;
  const words =
    "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend";
  throw fault(at, 'INTERNAL_ERROR', words);
};

const checkMtu: Rule = ({ type, mtu, backend }, at) => {
  if (!mtu || ['network', 'bridge', 'ethernet', 'vhostuser'].includes(type) || (type === 'user' && backend?.type === 'passt')) return;
  throw unsupported(at, `setting MTU on interface type ${type} is not supported yet`, 10);
};

const checkCoalesce: Rule = ({ type, coalesce }, at) => {
  if (!coalesce || type === 'network' || type === 'bridge') return;
  throw unsupported(at, `coalesce settings on interface type ${type} are not supported`, 10);
};

const checkHostSide: Rule = ({ type }, at) => {
  const source = findChild(at.element, 'source');
  if (type === 'ethernet' || !source || (!findChild(source, 'ip') && !findChild(source, 'route'))) return;
  const words = 'Invalid attempt to set network interface host-side IP route and/or address info';
  throw unsupported(at, `${words} on interface of type '${type}'. This is only supported on interfaces of type 'ethernet'`, 10);
};

const checkBandwidth: Rule = ({ type, bandwidth }, at) => {
  if (bandwidth?.inbound?.floor === undefined || type === 'network') return;
  throw unsupported(at, 'floor attribute is not supported for this config', 0);
};
