import { text, type Scalar } from '../model/scalar.js';
import { fault, xmlError, type Place } from '../model/place.js';

/** libvirt's module number of storage. */
export const STORAGE = 18;

/** @throws LibvirtError when a file cannot be called so. */
export function checkName(name: string, at: Place): void {
  if (name.includes('/')) throw xmlError(at, `name ${name} cannot contain '/'`, STORAGE);
}

export const malformedUuid = (_: string, at: Place) => xmlError(at, 'malformed uuid element', STORAGE);
export const unknownFormat = (what: string) => (given: string, at: Place) =>
  fault(at, 'CONFIG_UNSUPPORTED', `unknown ${what} format type ${given}`, STORAGE);

/** A path as libvirt keeps it: single slashes, none at the end. */
export const cleanPath: Scalar<string> = {
  ...text,
  label: 'path',
  emptyIsAbsent: true,
  read: (given) => given.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
};
