import type { ValueOf } from '../xdr/index.js';
import { remoteError } from '../tables/values-table.js';

export type RemoteErrorBody = ValueOf<typeof remoteError>;

/** libvirt's `virErrorNumber`, as far as it is used here. */
export const errorCode = {
  internal: 1,
  noMemory: 2,
  noSupport: 3,
  invalidArgument: 8,
  operationFailed: 9,
  xmlError: 27,
  operationDenied: 29,
  systemError: 38,
  rpc: 39,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  noStoragePool: 49,
  noStorageVol: 50,
  noNodeDevice: 53,
  operationInvalid: 55,
  noInterface: 57,
  noNwfilter: 62,
  noSecret: 66,
  configUnsupported: 67,
  noDomainSnapshot: 72,
  argumentUnsupported: 74,
  noDomainMetadata: 80,
  operationUnsupported: 84,
  accessDenied: 88,
  noDomainCheckpoint: 100,
  noNetworkPort: 107,
} as const;

/** libvirt's `virErrorDomain`: the part that reports. */
export const errorDomain = {
  none: 0,
  rpc: 7,
  qemu: 10,
  remote: 13,
  storage: 18,
  network: 19,
  domain: 20,
  nodeDevice: 22,
  interface: 26,
  secret: 30,
  nwfilter: 33,
  snapshot: 35,
  auth: 46,
  access: 55,
} as const;

/** `virErrorLevel`: an error, not a warning. */
const LEVEL_ERROR = 2;

/** An answer that the client raises as its library's error. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor(
    readonly code: number,
    readonly domain: number,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }

  /** As libvirtd sends it: the format, then what was filled in. */
  toBody(): RemoteErrorBody {
    const { code, domain, message } = this;
    const colon = message.indexOf(': ');
    const detail = colon < 0 ? undefined : message.slice(colon + 2);
    return {
      code,
      domain,
      message,
      level: LEVEL_ERROR,
      dom: undefined,
      str1: detail === undefined ? message : `${message.slice(0, colon)}: %s`,
      str2: detail,
      str3: undefined,
      int1: -1,
      int2: -1,
      net: undefined,
    };
  }

  static fromBody({ code, domain, message }: RemoteErrorBody): RemoteError {
    return new RemoteError(code, domain, message ?? 'no words came with the error');
  }
}

/** For a procedure that there is, and that is not offered: clients fall back on it. */
export const noSupport = (name: string): RemoteError =>
  new RemoteError(errorCode.noSupport, errorDomain.remote, `this function is not supported by the connection driver: ${name}`);
