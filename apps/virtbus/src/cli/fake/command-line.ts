import { FakeFleet } from './fake-fleet.js';
import { FakeSurroundings } from './fake-surroundings.js';
import { runCommandLine } from '../run.js';

/** A command line that is being run against a fake fleet. */
export class FakeCommandLine {
  readonly surroundings = new FakeSurroundings();
  readonly fleet = new FakeFleet();
  /** How often the fleet was connected. */
  connections = 0;

  run(...words: string[]): Promise<number> {
    return runCommandLine(words, this.surroundings, async () => {
      this.connections += 1;
      return this.fleet;
    });
  }

  /** Exit status, standard output and standard error of one run. */
  async answer(...words: string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
    Object.assign(this.surroundings, { written: '', complained: '' });
    const status = await this.run(...words);
    return { status, out: this.surroundings.written, err: this.surroundings.complained };
  }
}
