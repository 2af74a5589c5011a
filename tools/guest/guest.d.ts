/** What README.md beside this file says of the kernel command line. */
export interface GuestKnobs {
  readonly hostname?: string;
  /** ADDRESS/PREFIX of eth0. */
  readonly ip?: string;
  readonly ping?: string;
  /** A shell snippet, in clear. */
  readonly run?: string;
}
export interface Guest {
  readonly kernel: string;
  readonly initrd: string;
}
/** The guest's files, made now if need be (seconds, from Debian's archive). @throws when they cannot be had; the message says why */
export declare function guest(): Guest;
/** The guest's kernel command line. */
export declare function guestAppend(knobs?: GuestKnobs): string;
//# sourceMappingURL=guest.d.ts.map
