/** An interface as it is listed. */
export interface InterfaceRow {
  readonly type: string;
  /** The tap's name on the host. */
  readonly target?: string | undefined;
  readonly source?: string | undefined;
  readonly model?: string | undefined;
  readonly mac?: string | undefined;
}

export const interfaceHeader = ['Interface', 'Type', 'Source', 'Model', 'MAC'];

export const interfaceCells = ({ target = '-', type, source = '-', model = '-', mac = '-' }: InterfaceRow): string[] => [
  target,
  type,
  source,
  model,
  mac,
];
