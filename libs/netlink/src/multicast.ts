import { readFileSync } from 'node:fs';
import { AF_INET, SOCK_DGRAM, SystemError, close, ioctl, socket, translated, withNetns } from '@virtbus/libc';
import { IFNAMSIZ, SIOCADDMULTI, SIOCDELMULTI } from './constants.js';
import { formatMac, parseMac } from './net-text.js';

/** Multicast groups that a link takes frames for beside those that the kernel itself needs (packet(7)). */

/** `struct ifreq`: the name, then `struct sockaddr` with the address behind its family. */
const ifreqBytes = 40;
const addressAt = IFNAMSIZ + 2;

/** Has the link take frames for a group; each call counts. @throws SystemError ENODEV, EINVAL for an address that is no group */
export const addMulticast = (netns: string | undefined, name: string, group: string): void =>
  change(netns, { request: SIOCADDMULTI, called: 'SIOCADDMULTI', name, group });

/** Takes one call of `addMulticast` back. Answers false when none is left. @throws SystemError ENODEV */
export function removeMulticast(netns: string | undefined, name: string, group: string): boolean {
  try {
    change(netns, { request: SIOCDELMULTI, called: 'SIOCDELMULTI', name, group });
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** The groups that were asked for from outside of the kernel. A link that is not there has none. @throws SystemError */
export const listMulticast = (netns: string | undefined, name: string): string[] =>
  withNetns(netns, () => translated(() => readFileSync('/proc/thread-self/net/dev_mcast', 'utf8')))
    .split('\n')
    .flatMap((line) => groupOf(line.trim().split(/\s+/), name));

/** `index name count global-count address`. */
function groupOf([, link, , global, address]: readonly string[], name: string): readonly string[] {
  if (link !== name || !(Number(global) > 0) || address === undefined) return [];
  return [formatMac(Buffer.from(address, 'hex')) ?? []].flat();
}

interface Change {
  readonly request: number;
  readonly called: string;
  readonly name: string;
  readonly group: string;
}

function change(netns: string | undefined, { request, called, name, group }: Change): void {
  const asked = Buffer.alloc(ifreqBytes);
  asked.write(name, 0, IFNAMSIZ - 1, 'utf8');
  asked.set(parseMac(group), addressAt);
  const fd = withNetns(netns, () => socket(AF_INET, SOCK_DGRAM, 0));
  try {
    ioctl(fd, request, asked);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new SystemError(called, error.errno, `${group} on ${name}`);
  } finally {
    close(fd);
  }
}
