import { errorDomains, LibvirtError, type ErrorName } from '@virtbus/libvirt-xml';

/** A refusal of QEMU's side (libvirt's error domain 10), at an element's path. */
export const refuse = (code: ErrorName, path: string, detail: string): LibvirtError =>
  new LibvirtError(code, detail, { domain: errorDomains.QEMU, path });

/** What QEMU, or this version of it, cannot do: unsupported configuration (67). */
export const unsupported = (path: string, detail: string): LibvirtError => refuse('CONFIG_UNSUPPORTED', path, detail);

/** A value that preparation should have put in is absent: a mistake of the caller's, not of the definition. */
export const unprepared = (path: string, what: string): LibvirtError =>
  refuse('INTERNAL_ERROR', path, `${what} is not set: the domain is not prepared`);
