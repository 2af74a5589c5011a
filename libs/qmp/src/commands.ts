/** qapi/run-state.json RunState. */
export type RunState =
  | 'debug'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'finish-migrate'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog'
  | 'guest-panicked'
  | 'colo';

/** qapi/net.json RxFilterInfo: partly the guest's own words. */
export interface RxFilter {
  readonly name: string;
  readonly promiscuous: boolean;
  readonly multicast: 'normal' | 'none' | 'all';
  readonly unicast: 'normal' | 'none' | 'all';
  readonly vlan: 'normal' | 'none' | 'all';
  readonly 'broadcast-allowed': boolean;
  readonly 'multicast-overflow': boolean;
  readonly 'unicast-overflow': boolean;
  readonly 'main-mac': string;
  readonly 'vlan-table': readonly number[];
  readonly 'unicast-table': readonly string[];
  readonly 'multicast-table': readonly string[];
}

export interface MachineAnswer {
  readonly name: string;
  readonly alias?: string;
  readonly 'is-default'?: boolean;
  readonly 'cpu-max': number;
  readonly 'default-cpu-type'?: string;
  readonly 'default-ram-id'?: string;
  readonly deprecated: boolean;
}

export interface CpuDefinition {
  readonly name: string;
  readonly 'unavailable-features'?: readonly string[];
  readonly deprecated: boolean;
}

export interface QemuVersionAnswer {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
  readonly package: string;
}

/** qapi/introspect.json SchemaInfo, as far as it is read here. */
export interface SchemaEntry {
  readonly name: string;
  readonly 'meta-type': string;
  readonly values?: readonly string[];
  readonly tag?: string;
  readonly variants?: readonly { readonly case: string; readonly type: string }[];
  readonly 'arg-type'?: string;
}

type Done = Readonly<Record<string, never>>;
interface Named {
  readonly name: string;
}
interface Identified {
  readonly id: string;
}

/** Command → what it takes and what it answers. A command that is not here goes through `Monitor.call`. */
export interface QmpCommands {
  'add-fd': { arguments: { readonly opaque?: string }; returns: { readonly 'fdset-id': number; readonly fd: number } };
  balloon: { arguments: { readonly value: number }; returns: Done };
  closefd: { arguments: { readonly fdname: string }; returns: Done };
  block_set_io_throttle: { arguments: { readonly id: string; readonly [property: string]: unknown }; returns: Done };
  cont: { returns: Done };
  device_add: { arguments: { readonly driver: string; readonly id?: string; readonly [property: string]: unknown }; returns: Done };
  device_del: { arguments: Identified; returns: Done };
  'device-list-properties': {
    arguments: { readonly typename: string };
    returns: readonly { readonly name: string; readonly type: string; readonly description?: string; readonly 'default-value'?: unknown }[];
  };
  eject: { arguments: { readonly id: string; readonly force?: boolean }; returns: Done };
  getfd: { arguments: { readonly fdname: string }; returns: Done };
  'human-monitor-command': { arguments: { readonly 'command-line': string }; returns: string };
  'inject-nmi': { returns: Done };
  netdev_add: { arguments: { readonly type: string; readonly id: string; readonly [property: string]: unknown }; returns: Done };
  netdev_del: { arguments: Identified; returns: Done };
  qmp_capabilities: { returns: Done };
  'qom-get': { arguments: { readonly path: string; readonly property: string }; returns: unknown };
  'qom-list': { arguments: { readonly path: string }; returns: readonly { readonly name: string; readonly type: string }[] };
  'qom-list-types': {
    arguments: { readonly implements?: string; readonly abstract?: boolean };
    returns: readonly { readonly name: string; readonly parent?: string; readonly abstract?: boolean }[];
  };
  'query-balloon': { returns: { readonly actual: number } };
  'query-block': { returns: readonly { readonly device: string; readonly qdev?: string; readonly [property: string]: unknown }[] };
  'query-blockstats': { returns: readonly { readonly device?: string; readonly qdev?: string; readonly [property: string]: unknown }[] };
  'query-chardev': { returns: readonly { readonly label: string; readonly filename: string; readonly 'frontend-open': boolean }[] };
  'query-commands': { returns: readonly Named[] };
  'query-cpu-definitions': { returns: readonly CpuDefinition[] };
  'query-cpus-fast': { returns: readonly { readonly 'cpu-index': number; readonly 'thread-id': number }[] };
  'query-fdsets': {
    returns: readonly { readonly 'fdset-id': number; readonly fds: readonly { readonly fd: number; readonly opaque?: string }[] }[];
  };
  'query-iothreads': { returns: readonly { readonly id: string; readonly 'thread-id': number }[] };
  'query-kvm': { returns: { readonly enabled: boolean; readonly present: boolean } };
  'query-machines': { returns: readonly MachineAnswer[] };
  'query-named-block-nodes': { arguments: { readonly flat?: boolean }; returns: readonly { readonly [property: string]: unknown }[] };
  'query-qmp-schema': { returns: readonly SchemaEntry[] };
  'query-rx-filter': { arguments: Partial<Named>; returns: readonly RxFilter[] };
  'query-status': { returns: { readonly running: boolean; readonly singlestep?: boolean; readonly status: RunState } };
  'query-target': { returns: { readonly arch: string } };
  'query-uuid': { returns: { readonly UUID: string } };
  'query-version': { returns: QemuVersionAnswer };
  quit: { returns: Done };
  'remove-fd': { arguments: { readonly 'fdset-id': number }; returns: Done };
  screendump: { arguments: { readonly filename: string; readonly format?: 'ppm' | 'png' }; returns: Done };
  'set-action': {
    arguments: {
      readonly reboot?: 'reset' | 'shutdown';
      readonly shutdown?: 'poweroff' | 'pause';
      readonly panic?: 'pause' | 'shutdown' | 'exit-failure' | 'none';
      readonly watchdog?: string;
    };
    returns: Done;
  };
  set_link: { arguments: { readonly name: string; readonly up: boolean }; returns: Done };
  stop: { returns: Done };
  system_powerdown: { returns: Done };
  system_reset: { returns: Done };
  system_wakeup: { returns: Done };
}
