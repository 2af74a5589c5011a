/**
 * libvirt's error numbers that this library answers with, and the prefix that libvirt puts before the detail.
 * Source: libvirt's `virErrorNumber` (virterror.h), the numbers are part of its wire protocol.
 */
export const errorCodes = {
  INTERNAL_ERROR: { code: 1, prefix: 'internal error: ' },
  INVALID_ARG: { code: 8, prefix: 'invalid argument: ' },
  OPERATION_FAILED: { code: 9, prefix: 'operation failed: ' },
  NO_SOURCE: { code: 19, prefix: '' },
  NO_TARGET: { code: 20, prefix: '' },
  NO_NAME: { code: 21, prefix: '' },
  XML_ERROR: { code: 27, prefix: 'XML error: ' },
  OPERATION_DENIED: { code: 29, prefix: 'operation forbidden: ' },
  XML_DETAIL: { code: 35, prefix: '' },
  NO_NETWORK: { code: 43, prefix: 'Network not found: ' },
  OPERATION_INVALID: { code: 55, prefix: 'Requested operation is not valid: ' },
  NO_NWFILTER: { code: 62, prefix: 'Network filter not found: ' },
  CONFIG_UNSUPPORTED: { code: 67, prefix: 'unsupported configuration: ' },
  ARGUMENT_UNSUPPORTED: { code: 74, prefix: 'argument unsupported: ' },
  OVERFLOW: { code: 82, prefix: 'numerical overflow: ' },
  OPERATION_UNSUPPORTED: { code: 84, prefix: 'Operation not supported: ' },
  DEVICE_MISSING: { code: 99, prefix: 'device not found: ' },
} as const;

/** One of libvirt's error numbers, by libvirt's name without `VIR_ERR_`. */
export type ErrorName = keyof typeof errorCodes;

/** libvirt's error domains: which of its modules reports (virErrorDomain). */
export const errorDomains = { NONE: 0, XML: 5, QEMU: 10, NET: 11, NETWORK: 19, DOMAIN: 20, CPU: 31, STORAGE: 18, NWFILTER: 33 } as const;
