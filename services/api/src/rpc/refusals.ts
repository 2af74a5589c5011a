import { Refusal } from '@virtbus/contracts';
import { apiName, errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';

/** The bus's refusals carry libvirt's number and part already. Anything else is a fault, and stays what it is. */
export const asRemote = (thrown: unknown): unknown =>
  thrown instanceof Refusal ? new RemoteError(thrown.libvirt, thrown.domain, thrown.message, { cause: thrown }) : thrown;

export const noDomain = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noDomain, errorDomain.qemu, `Domain not found: no domain with matching ${by} ${value}`);

export const noNetwork = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noNetwork, errorDomain.network, `Network not found: no network with matching ${by} '${value}'`);

export const noPool = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noStoragePool, errorDomain.storage, `Storage pool not found: no storage pool with matching ${by} '${value}'`);

export const noVolume = (by: string, value: string): RemoteError =>
  new RemoteError(errorCode.noStorageVol, errorDomain.storage, `Storage volume not found: no storage vol with matching ${by} '${value}'`);

export const noSecret = (words: string): RemoteError =>
  new RemoteError(errorCode.noSecret, errorDomain.secret, `Secret not found: ${words}`);

export const invalidOperation = (words: string, domain: number = errorDomain.qemu): RemoteError =>
  new RemoteError(errorCode.operationInvalid, domain, `Requested operation is not valid: ${words}`);

export const invalidArgument = (words: string, domain: number = errorDomain.qemu): RemoteError =>
  new RemoteError(errorCode.invalidArgument, domain, `invalid argument: ${words}`);

export const readOnlyRefusal = (procedure: string): RemoteError =>
  new RemoteError(errorCode.operationDenied, errorDomain.remote, `operation forbidden: read only access prevents ${apiName(procedure)}`);

/** libvirt names the function of QEMU's driver, not the one that was called. */
const functionOf = (procedure: string): string => apiName(procedure).replace(/^virDomain/, 'qemuDomain');

/** @throws RemoteError naming the bits that are not in `known` */
export function refuseOtherFlags(flags: number, known: number, procedure: string): void {
  const others = (flags & ~known) >>> 0;
  if (others !== 0) {
    const words = `unsupported flags (0x${others.toString(16)}) in function ${functionOf(procedure)}`;
    throw new RemoteError(errorCode.invalidArgument, errorDomain.qemu, words);
  }
}

/** libvirt's words for a domain that has no channel to a guest agent. */
export const argumentUnsupported = (words: string): RemoteError =>
  new RemoteError(errorCode.argumentUnsupported, errorDomain.qemu, `argument unsupported: ${words}`);
export const noAgent = (): RemoteError => argumentUnsupported('QEMU guest agent is not configured');
