import type { DomainDef } from '../domain/domain.js';
import type { ErrorName } from '../errors/error-codes.js';
import { LibvirtError } from '../errors/libvirt-error.js';

/** What is wrong with a definition, or undefined. */
export type Rule = (def: DomainDef) => LibvirtError | undefined;

/** libvirt's module numbers: domain configuration, and the QEMU driver. */
const DOMAIN = 20;
const QEMU = 10;

/** A refusal; `path` is from `/domain`. */
export function refusal(code: ErrorName, path: string, words: string, domain = DOMAIN): LibvirtError {
  return new LibvirtError(code, words, { domain, path: path === '' ? '/domain' : `/domain/${path}` });
}

/** Unsupported configuration (67), the usual refusal. */
export const unsupported = (path: string, words: string): LibvirtError => refusal('CONFIG_UNSUPPORTED', path, words);

/** The same, from the part of libvirt that knows QEMU. */
export const qemuCannot = (path: string, words: string): LibvirtError => refusal('CONFIG_UNSUPPORTED', path, words, QEMU);

/** A rule for each of a list of devices. */
export function each<T>(
  kind: string,
  list: (def: DomainDef) => readonly T[],
  check: (device: T, path: string, def: DomainDef) => LibvirtError | undefined,
): Rule {
  return (def) => {
    for (const [index, device] of list(def).entries()) {
      const found = check(device, `devices/${kind}[${index + 1}]`, def);
      if (found) return found;
    }
    return undefined;
  };
}

/** The first value that occurs again, with the place of its second occurrence. */
export function repeated<T>(values: readonly T[]): { readonly value: T; readonly index: number } | undefined {
  const index = values.findIndex((value, at) => value !== undefined && values.indexOf(value) !== at);
  const value = values[index];
  return value === undefined ? undefined : { value, index };
}
