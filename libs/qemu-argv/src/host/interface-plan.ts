/** How each interface is really plugged. Descriptor numbers are those that QEMU sees. */
export type InterfacePlan =
  /** A tap or macvtap that the host has opened: one descriptor a queue. */
  | { readonly alias: string; readonly type: 'tap'; readonly fds: readonly number[]; readonly vhostFds?: readonly number[] }
  /** QEMU's own network stack, whatever the definition asks for. */
  | { readonly alias: string; readonly type: 'user' }
  /** passt listens on this socket. */
  | { readonly alias: string; readonly type: 'stream'; readonly socket: string }
  | { readonly alias: string; readonly type: 'vdpa'; readonly fd: number }
  /** An assigned device: of the definition itself, or from a network's pool. */
  | { readonly alias: string; readonly type: 'hostdev'; readonly address: HostPciAddress };

export interface HostPciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}
