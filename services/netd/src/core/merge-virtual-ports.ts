import { defined, type VirtualPort } from '@virtbus/contracts';

interface Given {
  readonly type?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/** One virtualport from what interface, network and port group say; two that differ do not go together. */
export function mergeVirtualPorts(given: readonly (Given | undefined)[]): VirtualPort | undefined | 'mismatch' {
  const present = given.filter((each) => each !== undefined);
  const types = new Set(present.flatMap(({ type }) => type ?? []));
  const parameters = new Map<string, string>();
  for (const [name, value] of present.flatMap((each) => Object.entries(each.parameters ?? {}))) {
    if (parameters.has(name) && parameters.get(name) !== String(value)) return 'mismatch';
    parameters.set(name, String(value));
  }
  if (types.size > 1) return 'mismatch';
  if (types.size + parameters.size === 0) return undefined;
  const [type] = types;
  return { ...defined({ type }), parameters: Object.fromEntries(parameters) };
}
