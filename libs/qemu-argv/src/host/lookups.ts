/** Answers that the host gives for what a definition only names. undefined: the host has none. */
import type { StoragePlace } from '../storage/place.js';
import type { HostCpu } from './host-cpu.js';

/** A secret as QEMU takes it: encrypted with the master key (AES-256-CBC), both base64. */
export interface EncryptedSecret {
  readonly data: string;
  readonly iv: string;
}

/** Which secret an object of QEMU stands for. */
export interface SecretNeed {
  /** Id of QEMU's object. */
  readonly id: string;
  readonly purpose: 'auth' | 'encryption' | 'cookie' | 'tls-key';
  readonly uuid?: string | undefined;
  readonly usage?: string | undefined;
  /** What is to be encrypted, when it is in the definition itself. */
  readonly text?: string;
}

export interface ScsiHostAddress {
  readonly adapter: string;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
}

export interface UsbId {
  readonly vendor: number;
  readonly product: number;
}

export interface HostLookups {
  /**
   * Number, in QEMU, of a descriptor opened for it: the source of a chardev by the chardev's id, a device's vhost by its alias.
   * Where QEMU can open a path itself, undefined makes it do so.
   */
  descriptor?(id: string): number | undefined;
  secret?(need: SecretNeed): EncryptedSecret | undefined;
  /** Where a volume of a storage pool really is. */
  volume?(pool: string, volume: string, mode: 'host' | 'direct' | undefined): StoragePlace | undefined;
  /** Whether a path is a CD-ROM drive. */
  isCdrom?(path: string): boolean;
  /** The generic device (/dev/sgN) of a SCSI unit. */
  scsiGeneric?(address: ScsiHostAddress): string | undefined;
  /** Where a USB device is plugged in that is named by its ids. */
  usb?(id: UsbId): { readonly bus: number; readonly device: number } | undefined;
  /** The number of an account that a definition names. */
  account?(kind: 'user' | 'group', name: string): number | undefined;
  /** The processor that `host-model` stands for. */
  cpu?(): HostCpu | undefined;
}
