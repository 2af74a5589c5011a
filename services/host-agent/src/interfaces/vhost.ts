import { constants } from 'node:fs';
import { close, ioctl, open, SystemError } from '@virtbus/libc';
import { unsupported } from '../core/plan-interfaces.js';
import type { Connection } from './connection.js';

/** Opens the kernel's own virtio-net behind a path. @throws SystemError where there is none, or it is something else */
export type VhostOpener = (path: string) => number;

/** linux/vhost.h */
const VHOST_GET_FEATURES = 0x8008_af00;

export const openVhost: VhostOpener = (path) => {
  const fd = open(path, constants.O_RDWR);
  try {
    ioctl(fd, VHOST_GET_FEATURES, Buffer.alloc(8));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
};

/**
 * A descriptor of vhost-net for each queue of a tap; none where QEMU is to carry the frames itself. Unless it is asked for, only guests
 * on KVM have it, as libvirt has it, and those only where it works. Asked for, it is had or refused; libvirt passes over the wish of a
 * guest without KVM.
 * @throws Refusal config_unsupported
 */
export function vhostOf(of: Pick<Connection, 'net' | 'owner'>, queues: number, opener: VhostOpener): readonly number[] {
  const wish = wishOf(of);
  if (wish === 'none') return [];
  try {
    return openEach(of.net.backend?.vhost ?? '/dev/vhost-net', queues, opener);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (wish === 'welcome') return [];
    const cure = `give this host vhost-net, or the interface <driver name='qemu'/>`;
    throw unsupported(of.net, `vhost-net was requested for an interface, but is unavailable: ${error.message}; ${cure}`);
  }
}

function wishOf({ net, owner }: Pick<Connection, 'net' | 'owner'>): 'none' | 'welcome' | 'demanded' {
  if (net.model?.type?.startsWith('virtio') !== true) return 'none';
  const driver = 'driver' in net ? net.driver?.name : undefined;
  if (driver === 'vhost') return 'demanded';
  return driver === undefined && owner.type === 'kvm' ? 'welcome' : 'none';
}

function openEach(path: string, queues: number, opener: VhostOpener): readonly number[] {
  const fds: number[] = [];
  try {
    for (let queue = 0; queue < queues; queue += 1) fds.push(opener(path));
    return fds;
  } catch (error) {
    fds.forEach(close);
    throw error;
  }
}
