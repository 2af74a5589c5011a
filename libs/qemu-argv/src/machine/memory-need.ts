/** A piece of guest memory that wants a backend. */
export interface MemoryNeed {
  readonly id: string;
  /** What a file of the host's own for it is called; its id when absent. */
  readonly fileName?: string;
  readonly sizeKiB: number;
  /** The cell of the guest that it belongs to. */
  readonly cell?: number;
  /** The machine's own memory, without NUMA cells. */
  readonly isMain?: boolean;
  /** A file of the definition's own. */
  readonly path?: string;
  readonly access?: 'shared' | 'private';
  readonly discard?: boolean;
  readonly pageSizeKiB?: number;
  /** Nodes of the host, when the module says so itself. */
  readonly nodemask?: string;
  readonly alignKiB?: number;
  readonly pmem?: boolean;
  /** The device populates it piece by piece, so that nothing is set aside before. */
  readonly growing?: boolean;
  /** Written through to its file: never set aside. */
  readonly written?: boolean;
  readonly at: string;
}
