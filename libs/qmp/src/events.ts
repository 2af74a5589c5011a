/** Payloads of the events that have a type here (qapi/*.json). Guests cause most of them, and name things freely in some. */
export interface QmpEvents {
  ACPI_DEVICE_OST: { readonly info: { readonly device?: string; readonly slot: string; readonly source: number; readonly status: number } };
  BALLOON_CHANGE: { readonly actual: number };
  BLOCK_IO_ERROR: {
    readonly device: string;
    readonly 'node-name'?: string;
    readonly operation: 'read' | 'write';
    readonly action: 'ignore' | 'report' | 'stop';
    readonly nospace?: boolean;
    readonly reason: string;
  };
  DEVICE_DELETED: { readonly device?: string; readonly path: string };
  DEVICE_TRAY_MOVED: { readonly device: string; readonly id: string; readonly 'tray-open': boolean };
  DEVICE_UNPLUG_GUEST_ERROR: { readonly device?: string; readonly path: string };
  GUEST_CRASHLOADED: { readonly action: string };
  GUEST_PANICKED: { readonly action: 'pause' | 'poweroff' | 'run' };
  MEMORY_DEVICE_SIZE_CHANGE: { readonly id?: string; readonly size: number; readonly 'qom-path': string };
  NIC_RX_FILTER_CHANGED: { readonly name?: string; readonly path: string };
  POWERDOWN: NoPayload;
  RESET: { readonly guest: boolean; readonly reason: string };
  RESUME: NoPayload;
  RTC_CHANGE: { readonly offset: number };
  SHUTDOWN: { readonly guest: boolean; readonly reason: string };
  STOP: NoPayload;
  SUSPEND: NoPayload;
  SUSPEND_DISK: NoPayload;
  VNC_CONNECTED: { readonly server: object; readonly client: object };
  VNC_DISCONNECTED: { readonly server: object; readonly client: object };
  VNC_INITIALIZED: { readonly server: object; readonly client: object };
  VSERPORT_CHANGE: { readonly id: string; readonly open: boolean };
  WAKEUP: NoPayload;
  WATCHDOG: { readonly action: string };
}

type NoPayload = Readonly<Record<string, never>>;

/** An event as it came: any name, its payload (an empty object when QEMU sent none), and QEMU's clock. */
export interface QmpEvent<Payload = Readonly<Record<string, unknown>>> {
  readonly event: string;
  readonly data: Payload;
  readonly timestamp: { readonly seconds: number; readonly microseconds: number };
}
