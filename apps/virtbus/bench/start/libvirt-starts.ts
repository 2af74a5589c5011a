import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TestLibvirtd } from '@virtbus/testing';
import { domainXml, networkXml } from './definitions.ts';

/** Starts under a libvirtd in namespaces of its own. */
export class LibvirtStarts {
  private readonly libvirtd: TestLibvirtd;

  private constructor(libvirtd: TestLibvirtd) {
    this.libvirtd = libvirtd;
  }

  /** Undefined when libvirtd is not installed. */
  static async open(nics: number): Promise<LibvirtStarts | undefined> {
    if (!TestLibvirtd.isInstalled()) return undefined;
    const starts = new LibvirtStarts(await TestLibvirtd.start());
    await starts.define('net-define', networkXml);
    starts.libvirtd.virsh('net-start', 'bench');
    await starts.define('define', domainXml(nics));
    return starts;
  }

  /** @returns milliseconds that `virsh start` took, its own process included */
  async once(): Promise<number> {
    const from = performance.now();
    this.libvirtd.virsh('start', 'bench');
    const took = performance.now() - from;
    this.libvirtd.virsh('destroy', 'bench');
    return took;
  }

  close(): Promise<void> {
    return this.libvirtd.stop();
  }

  private async define(verb: string, xml: string): Promise<void> {
    const directory = join(this.libvirtd.directory, 'xml');
    await mkdir(directory, { recursive: true });
    const file = join(directory, `${verb}.xml`);
    await writeFile(file, xml);
    this.libvirtd.virsh(verb, file);
  }
}
