/** Directories of the host inside the guest: 9p, served by QEMU, or virtiofs, served by a process of its own. */
import { chardev, device, keyValues, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Filesystem } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

export const filesystems: Builder = (context) =>
  each('filesystem', context.domain.devices.filesystem, (one, at) => filesystem(context, one, at));

function filesystem(context: Context, one: Filesystem, at: string): Argv {
  if (one.type !== 'mount') throw unsupported(`${at}/@type`, `QEMU shows the guest no filesystem of type '${one.type}'`);
  return one.driver?.type === 'virtiofs' ? virtiofs(context, one, at) : plan9(context, one, at);
}

type Mount = Extract<Filesystem, { readonly type: 'mount' }>;

function plan9(context: Context, one: Mount, at: string): Argv {
  const alias = aliasOf(one, at);
  const fsdev = `fsdev-${alias}`;
  return [
    '-fsdev',
    fsdevText(one, fsdev),
    ...device({
      driver: virtioName('virtio-9p', one),
      ...virtioProps(one.driver),
      id: alias,
      fsdev,
      mount_tag: one.target.dir,
      ...addressProps(context, one, at),
    }),
  ];
}

const securityModels = { passthrough: 'passthrough', mapped: 'mapped', squash: 'none', default: 'passthrough' } as const;

const modes = ({ fmode, dmode }: Mount) => ({
  fmode: fmode === undefined ? undefined : octal(fmode),
  dmode: dmode === undefined ? undefined : octal(dmode),
});

function fsdevText(one: Mount, id: string): string {
  const handle = one.driver?.type === 'handle';
  return keyValues(handle ? 'handle' : 'local', {
    security_model: handle ? undefined : securityModels[one.accessmode ?? 'passthrough'],
    multidevs: one.multidevs,
    ...modes(one),
    writeout: one.driver?.wrpolicy === 'immediate' ? 'immediate' : undefined,
    id,
    path: one.source?.dir,
    readonly: one.readonly ? null : undefined,
  });
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

function virtiofs(context: Context, one: Mount, at: string): Argv {
  if (one.readonly) throw unsupported(`${at}/readonly`, 'virtiofs cannot be read-only');
  const alias = aliasOf(one, at);
  const id = `chr-vu-${alias}`;
  const path = one.source?.socket ?? `${context.host.paths.directory}/${alias}-fs.sock`;
  return [
    ...chardev('socket', { id, path }),
    ...device({
      driver: virtioName('vhost-user-fs', one),
      id: alias,
      chardev: id,
      'queue-size': one.driver?.queue,
      tag: one.target.dir,
      bootindex: context.bootIndex.get(alias),
      ...virtioProps(one.driver),
      ...addressProps(context, one, at),
    }),
  ];
}
