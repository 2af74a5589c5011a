import type { DomainDef } from '../domain/domain.js';
import { repeated, unsupported, type Rule } from './rule.js';

function bootables({ devices }: DomainDef): readonly { readonly order: number; readonly path: string }[] {
  const kinds = {
    disk: devices.disk,
    interface: devices.interface,
    hostdev: devices.hostdev,
    redirdev: devices.redirdev,
    filesystem: devices.filesystem,
  };
  return Object.entries(kinds).flatMap(([kind, list]) =>
    list.flatMap(({ boot }, index) => (boot ? [{ order: boot.order, path: `devices/${kind}[${index + 1}]/boot` }] : [])),
  );
}

const orders: Rule = (def) => {
  const all = bootables(def);
  const again = repeated(all.map(({ order }) => order));
  return again ? unsupported(all[again.index]?.path ?? '', `boot order '${again.value}' used for more than one device`) : undefined;
};

const oneWay: Rule = (def) => {
  const [first] = bootables(def);
  return first && def.os.boot.length > 0
    ? unsupported(first.path, 'per-device boot elements cannot be used together with os/boot elements')
    : undefined;
};

const vhostScsi: Rule = ({ devices }) => {
  const index = devices.hostdev.findIndex(({ type, boot }) => type === 'scsi_host' && boot);
  return index < 0
    ? undefined
    : unsupported(`devices/hostdev[${index + 1}]/boot`, 'booting from assigned devices is not supported by vhost SCSI devices');
};

export const bootRules: readonly Rule[] = [oneWay, orders, vhostScsi];
