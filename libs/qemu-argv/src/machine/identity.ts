import { formatJson, type JsonObject } from '../argv/json.js';
import { device, keyValues, object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unprepared } from '../refusal.js';

/** Who the guest is, for the host: its name in process lists. */
export const name = ({ domain }: Context): Argv => ['-name', keyValues(undefined, { guest: domain.name, 'debug-threads': true })];

/** The guest's processors start when the monitor says so. */
export const stopped = (): Argv => ['-S'];

const compatibility: Readonly<Record<string, JsonObject>> = {
  omit: { 'deprecated-output': 'hide' },
  reject: { 'deprecated-output': 'hide', 'deprecated-input': 'reject' },
  crash: { 'deprecated-output': 'hide', 'deprecated-input': 'crash' },
};

/** What QEMU does about its own deprecated words, for those who test their programs. */
export function deprecation({ domain }: Context): Argv {
  const words = compatibility[domain.qemuDeprecation?.behavior ?? 'none'];
  return words ? ['-compat', formatJson(words)] : [];
}

/** The key that secrets on the command line are encrypted with; QEMU reads it from a file that only it may read. */
export const masterKey = ({ host }: Context): Argv =>
  host.paths.masterKey === undefined ? [] : object({ 'qom-type': 'secret', id: 'masterKey0', format: 'raw', file: host.paths.masterKey });

export function uuid({ domain }: Context): Argv {
  if (domain.uuid === undefined) throw unprepared('/domain/uuid', 'the uuid');
  return ['-uuid', domain.uuid];
}

/** Tells the guest by a new number that it is a copy. */
export const generationId = ({ domain }: Context): Argv =>
  domain.genid === undefined ? [] : device({ driver: 'vmgenid', guid: domain.genid, id: 'vmgenid0' });

/** Nothing but what is said here: no configuration files, no default devices. */
export const bare = (): Argv => ['-no-user-config', '-nodefaults'];

export function monitor({ host }: Context): Argv {
  if (!host.monitor) return [];
  const end = 'fd' in host.monitor ? { fd: host.monitor.fd } : { path: host.monitor.path };
  return [
    '-chardev',
    keyValues('socket', { id: 'charmonitor', ...end, server: true, wait: false }),
    '-mon',
    keyValues(undefined, { chardev: 'charmonitor', id: 'monitor', mode: 'control' }),
  ];
}

/** QEMU may do nothing that a guest's escape would need. */
export const sandbox = (): Argv => ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'];

export const messages = (): Argv => ['-msg', 'timestamp=on'];
