import type { PasstPlace, PasstPlan, Passts } from './passts.js';

/** Daemons in memory: `running` has what each was told. */
export class FakePassts implements Passts {
  installed = true;
  readonly running = new Map<string, readonly string[]>();

  isInstalled(): boolean {
    return this.installed;
  }

  async start({ options, ...place }: PasstPlan): Promise<string> {
    this.running.set(place.alias, options);
    return `${place.directory}/passt-${place.alias}.sock`;
  }

  async stop({ alias }: PasstPlace): Promise<void> {
    this.running.delete(alias);
  }
}
