/** Numbers of descriptor sets: files that the launcher has opened, which QEMU opens again as `/dev/fdset/N`. */
import type { DomainDef } from '@virtbus/libvirt-xml';
import { logFile, sourceFile, type ChardevSource } from './chardev/chardev.js';
import { vdpaSource } from './devices/interface-backend.js';
import type { ArgvHost } from './host/argv-host.js';

/** In the order in which they stand on the command line. */
export function fdSetsOf(domain: DomainDef, host: ArgvHost): ReadonlyMap<string, number> {
  const names = [...vdpaNames(domain, host), ...fileNames(domain).filter((name) => host.lookup?.descriptor?.(name) !== undefined)];
  return new Map(names.map((name, index) => [name, index]));
}

const vdpaNames = ({ devices }: DomainDef, { interfaces }: ArgvHost): readonly string[] =>
  devices.interface.flatMap(({ alias }) =>
    interfaces.some((plan) => plan.type === 'vdpa' && plan.alias === alias?.name) ? [vdpaSource(alias?.name ?? '')] : [],
  );

function fileNames({ devices }: DomainDef): readonly string[] {
  const { serial, parallel, channel, tpm, smartcard, redirdev, rng } = devices;
  const consoles = devices.console.filter(({ target }) => target.type !== 'serial');
  const cards = smartcard.map((one) => ({ alias: one.alias, ...(one.mode === 'passthrough' ? one.chardev : undefined) }));
  const daemons = rng.map(({ alias, backend }) => ({ alias, ...(backend.model === 'egd' ? backend.chardev : undefined) }));
  const passed = tpm.filter(({ backend }) => backend.type === 'passthrough');
  return [
    ...[...cards, ...serial, ...parallel, ...channel, ...consoles].flatMap(filesOf),
    ...passed.flatMap(({ alias }) => [`${alias?.name ?? ''}-tpm`, `${alias?.name ?? ''}-cancel`]),
    ...[...redirdev, ...daemons].flatMap(filesOf),
  ];
}

interface End {
  readonly alias?: { readonly name: string } | undefined;
  readonly type?: ChardevSource['type'];
  readonly log?: object;
}

const filesOf = ({ type, log, alias }: End): readonly string[] => [
  ...(type === 'file' ? [sourceFile(alias?.name ?? '')] : []),
  ...(log ? [logFile(alias?.name ?? '')] : []),
];
