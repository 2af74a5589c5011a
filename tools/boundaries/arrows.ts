import type { Package, Workspace } from './workspace.ts';

export interface Violation {
  /** `path` or `path:line`. */
  readonly at: string;
  readonly message: string;
}

/**
 * Which layers a layer may depend on.
 *
 *   value ◀── contract ◀── platform ◀── service ◀── app        protocol: depends on none of ours but another protocol
 *                                                              testing: may depend on any library, imported by tests
 *                                                              and benchmarks only
 */
export const arrows = {
  value: ['value'],
  contract: ['value'],
  protocol: ['protocol'],
  platform: ['platform', 'contract', 'value'],
  service: ['platform', 'protocol', 'contract', 'value'],
  testing: ['platform', 'protocol', 'contract', 'value'],
  app: ['service', 'testing', 'platform', 'protocol', 'contract', 'value'],
} as const satisfies Record<string, readonly string[]>;

export type Layer = keyof typeof arrows;

const isLayer = (layer: string | undefined): layer is Layer => layer !== undefined && Object.hasOwn(arrows, layer);

/** The layer of a package that declares exactly one known layer. */
export function layerOf(pack: Package): Layer | null {
  const [layer, ...others] = pack.layers;
  return others.length === 0 && isLayer(layer) ? layer : null;
}

const mayDepend = (from: Layer, to: Layer): boolean => arrows[from].some((layer) => layer === to);

/** What package.json declares against the arrows. */
export function checkArrows({ packages }: Workspace): Violation[] {
  const byName = new Map(packages.map((pack) => [pack.name, pack]));
  return packages.flatMap((pack) => {
    const at = `${pack.folder}/package.json`;
    const from = layerOf(pack);
    if (!from) return [{ at, message: `nx.tags must name one layer of ${Object.keys(arrows).join(', ')}` }];
    return [...pack.dependencies].flatMap((name) => {
      const to = byName.get(name);
      const layer = to && layerOf(to);
      if (!layer || mayDepend(from, layer)) return [];
      return [{ at, message: `${pack.name} (${from}) must not depend on ${name} (${layer})` }];
    });
  });
}
