/** How each interface is really plugged. Descriptor numbers are those that QEMU sees. */
export type InterfacePlan =
  /** A tap or macvtap that the host has opened: one descriptor a queue, by the number or by the name that QEMU knows it by. */
  | { readonly alias: string; readonly type: 'tap'; readonly fds: readonly Descriptor[]; readonly vhostFds?: readonly Descriptor[] }
  /** QEMU's own network stack, whatever the definition asks for. */
  | { readonly alias: string; readonly type: 'user' }
  /** passt listens on this socket. */
  | { readonly alias: string; readonly type: 'stream'; readonly socket: string }
  | { readonly alias: string; readonly type: 'vdpa'; readonly fd: number }
  /** An assigned device: of the definition itself, or from a network's pool. */
  | { readonly alias: string; readonly type: 'hostdev'; readonly address: HostPciAddress };

/** A descriptor that QEMU has inherited, or the name under which it was sent (`getfd`). */
export type Descriptor = number | string;

export interface HostPciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}
