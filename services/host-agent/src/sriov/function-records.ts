import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fsyncDirectory } from '@virtbus/libc';
import type { FormerFunction } from './assigned-functions.js';

/** Which functions guests have, one fsynced file each: read at the start of the agent, kept in memory, ahead of what is done. */
export class FunctionRecords {
  private readonly held = new Map<string, FormerFunction>();

  /** @throws a system error; a record that cannot be read keeps its function from everybody */
  constructor(
    private readonly directory: string,
    warn: (message: string) => void,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory).filter((each) => each.endsWith('.json'))) this.read(name, warn);
  }

  find(address: string): FormerFunction | undefined {
    return this.held.get(address);
  }

  async write(record: FormerFunction): Promise<void> {
    const path = this.pathOf(record.address);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(record));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await fsyncDirectory(this.directory);
    this.held.set(record.address, record);
  }

  async remove(address: string): Promise<void> {
    await rm(this.pathOf(address), { force: true });
    await fsyncDirectory(this.directory);
    this.held.delete(address);
  }

  private read(name: string, warn: (message: string) => void): void {
    const address = name.replace(/\.json$/, '');
    try {
      this.held.set(address, JSON.parse(readFileSync(join(this.directory, name), 'utf8')) as FormerFunction);
    } catch (error) {
      warn(`${join(this.directory, name)} cannot be read, so PCI device ${address} is given to nobody: ${String(error)}`);
      this.held.set(address, { ...nobody, address });
    }
  }

  private pathOf(address: string): string {
    if (!/^[0-9a-f:.]{12}$/.test(address)) throw new RangeError(`"${address}" is no PCI address and names no file`);
    return join(this.directory, `${address}.json`);
  }
}

const nobody = {
  owner: '',
  ownerName: 'unknown',
  physical: '',
  number: 0,
  adminMac: '',
  vlan: 0,
  linkMac: '',
  driver: '',
  managed: false,
} as const;
