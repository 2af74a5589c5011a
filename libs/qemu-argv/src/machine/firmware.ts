/** Firmware in flash (UEFI), or as a plain image (BIOS). */
import type { Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unsupported } from '../refusal.js';
import { layerNodes, type Layer } from '../storage/layer.js';
import { layerSecrets } from '../storage/layer-secrets.js';
import type { StoragePlace } from '../storage/place.js';

interface Flash {
  /** `pflash0` holds the code, `pflash1` the variables. */
  readonly name: 'pflash0' | 'pflash1';
  readonly place: StoragePlace;
  readonly readonly: boolean;
  readonly at: string;
}

export function flashNodes(context: Context): { readonly pflash0?: string; readonly pflash1?: string } {
  return Object.fromEntries(flashes(context).map(({ name }) => [name, `libvirt-${name}-format`]));
}

export const flashBlockdevs = (context: Context): Argv =>
  flashes(context).flatMap((flash) => {
    const layer = layerOf(flash);
    return [...layerSecrets(context, layer), ...layerNodes(layer)];
  });

function flashes({ domain }: Context): readonly Flash[] {
  const image = domain.os.loader;
  if (image?.type !== 'pflash' || image.value === undefined) return [];
  if (!domain.features?.acpi) throw unsupported('/domain/features', 'UEFI needs the acpi feature');
  const code: Flash = {
    name: 'pflash0',
    place: { type: 'file', source: fileSource(image.value) },
    readonly: image.readonly ?? false,
    at: '/domain/os/loader',
  };
  const place = variablesOf(domain);
  return place ? [code, { name: 'pflash1', place, readonly: false, at: '/domain/os/nvram' }] : [code];
}

function variablesOf({ os }: Context['domain']): StoragePlace | undefined {
  const { nvram } = os;
  if (!nvram) return undefined;
  if (nvram.type === 'path') return nvram.value === undefined ? undefined : { type: 'file', source: fileSource(nvram.value) };
  return nvram;
}

const fileSource = (file: string) => ({ file, seclabel: [] });

const layerOf = ({ name, place, readonly, at }: Flash): Layer => ({
  number: name,
  place,
  readonly,
  at,
  format: 'raw',
  floppy: false,
  cdromDrive: false,
  cache: undefined,
  aio: undefined,
  discard: undefined,
  detectZeroes: undefined,
  encryption: undefined,
  metadataCacheBytes: undefined,
  prManager: undefined,
  backing: undefined,
});

/** What stands beside the machine: a BIOS image, or the rule that only system management mode writes to flash. */
export function loader({ domain }: Context): Argv {
  const given = domain.os.loader;
  if (given?.value === undefined) return [];
  if (given.type !== 'pflash') return ['-bios', given.value];
  return given.secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : [];
}
