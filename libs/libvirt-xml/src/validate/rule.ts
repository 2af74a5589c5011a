import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import type { ErrorName } from '../errors/error-codes.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { firstBroken, wordsOf, type Ban as ModelBan } from '../model/ban.js';

/** What is wrong with a definition, or undefined. */
export type Rule = (def: DomainDef) => LibvirtError | undefined;

/** libvirt's module numbers: domain configuration, and the QEMU driver. */
const DOMAIN = 20;
export const QEMU = 10;

/** A refusal; `path` is from `/domain`. */
export function refusal(code: ErrorName, path: string, words: string, domain = DOMAIN): LibvirtError {
  return new LibvirtError(code, words, { domain, path: path === '' ? '/domain' : `/domain/${path}` });
}

/** Unsupported configuration (67), the usual refusal. */
export const unsupported = (path: string, words: string): LibvirtError => refusal('CONFIG_UNSUPPORTED', path, words);

/** Bans of a thing in a definition. */
export type Ban<T> = ModelBan<T, DomainDef>;

/** The first refusal of a thing. `path` is the thing's, from `/domain`. */
function refusalOf<T>(bans: readonly Ban<T>[], given: T, { path, def }: { path: string; def: DomainDef }): LibvirtError | undefined {
  const broken = firstBroken(bans, given, def);
  if (!broken) return undefined;
  const place = [path, broken.at].filter((part) => part !== undefined && part !== '').join('/');
  return refusal(broken.code ?? 'CONFIG_UNSUPPORTED', place, wordsOf(broken, given, def), broken.domain);
}

/** Bans on the definition as a whole. */
export const banned =
  (bans: readonly Ban<DomainDef>[]): Rule =>
  (def) =>
    refusalOf(bans, def, { path: '', def });

type ListKind = { [K in keyof DevicesDef]-?: DevicesDef[K] extends readonly unknown[] ? K : never }[keyof DevicesDef];
type DeviceOf<K extends ListKind> = DevicesDef[K] extends readonly (infer T)[] ? T : never;

/** Bans on each device of a kind. */
export function bannedFor<K extends ListKind>(kind: K, bans: readonly Ban<DeviceOf<K>>[]): Rule {
  return (def) => {
    const list: readonly DeviceOf<K>[] = devicesOf(def, kind);
    for (const [index, device] of list.entries()) {
      const found = refusalOf(bans, device, { path: `devices/${kind}[${index + 1}]`, def });
      if (found) return found;
    }
    return undefined;
  };
}

function devicesOf<K extends ListKind>(def: DomainDef, kind: K): readonly DeviceOf<K>[];
function devicesOf(def: DomainDef, kind: ListKind): readonly unknown[] {
  return def.devices[kind];
}

/** The first value that occurs again, with the place of its second occurrence. */
export function repeated<T>(values: readonly T[]): { readonly value: T; readonly index: number } | undefined {
  const index = values.findIndex((value, at) => value !== undefined && values.indexOf(value) !== at);
  const value = values[index];
  return value === undefined ? undefined : { value, index };
}

interface VirtioOptions {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}

/** The XML name of the first option that only virtio devices have, when one is set. */
export function virtioOption(driver: VirtioOptions | undefined): string | undefined {
  if (!driver) return undefined;
  const set = { iommu: driver.iommu, ats: driver.ats, packed: driver.packed, page_per_vq: driver.pagePerVq };
  return Object.entries(set).find(([, value]) => value !== undefined)?.[0];
}
