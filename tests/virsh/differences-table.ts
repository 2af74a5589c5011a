/** Where virtbus answers virsh otherwise than libvirtd does, and why. A line stands for each time that it is asked. */
export interface Difference {
  readonly lines: readonly string[];
  readonly why: string;
}

export const differences: readonly Difference[] = [];
