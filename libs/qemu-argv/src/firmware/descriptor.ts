/**
 * A firmware image that is installed on a host, as its JSON file says. Source: QEMU's docs/interop/firmware.json. Only what selection
 * looks at is here; other members are ignored.
 */
export interface FirmwareDescriptor {
  readonly 'interface-types': readonly string[];
  readonly mapping: FirmwareMapping;
  readonly targets: readonly FirmwareTarget[];
  readonly features: readonly string[];
}

export type FirmwareMapping =
  | {
      readonly device: 'flash';
      /** `split` when absent. */
      readonly mode?: 'split' | 'combined' | 'stateless';
      readonly executable: FirmwareFile;
      readonly 'nvram-template'?: FirmwareFile;
    }
  | { readonly device: 'memory'; readonly filename: string }
  | { readonly device: 'kernel'; readonly filename: string };

export interface FirmwareFile {
  readonly filename: string;
  readonly format: string;
}

export interface FirmwareTarget {
  readonly architecture: string;
  /** Patterns with `*`, such as `pc-q35-*`. */
  readonly machines: readonly string[];
}
