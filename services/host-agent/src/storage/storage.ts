import { chmod, chown, mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as contracts from '@virtbus/contracts';
import { Refusal, type HostPool, type HostVolume, type Looked } from '@virtbus/contracts';
import { judgeBacking, liesIn } from '../core/storage/contained.js';
import { refusalOf } from '../refusal-of.js';
import { wipe } from './fill.js';
import { makeVolume, resizeVolume, type Source } from './make-volume.js';
import { PoolDirectory, mustLieIn, type Access } from './pool-directory.js';
import { PoolFacts, type StorageWorld } from './pool-facts.js';
import { failed, isErrno, noVolume, saying } from './storage-error.js';
import { headerOf, volumeFacts } from './volume-facts.js';
import type { OpenVolume } from './volume-file.js';
import type { VolumeSessions } from './volume-sessions.js';
import type { FileHandle } from 'node:fs/promises';

const DEFAULT_MODE = 0o711;
/** Images upon images; QEMU itself has no limit. */
const MAX_CHAIN = 32;

/** Pools of type dir on this host, and the volumes in them. */
export class Storage {
  readonly facts: PoolFacts;

  constructor(
    private readonly world: StorageWorld,
    private readonly sessions: VolumeSessions,
  ) {
    this.facts = new PoolFacts(world);
  }

  /** Bytes that are on their way are not waited for: whoever has the other end goes on with the next agent. */
  close(): void {
    this.sessions.close();
  }

  /** After a restart, before the first order: what was begun in an earlier life is taken away. Never rejects. */
  async restore(): Promise<void> {
    for (const record of this.world.pools.all().filter(({ active }) => active)) {
      await this.within(record, (directory) => directory.removeUnfinished()).catch((error: unknown) => {
        if (!(error instanceof Refusal)) this.world.log.error(`pool '${record.name}' cannot be tidied up`, error);
      });
    }
  }

  /** One that is there is taken as it is, and gets its permissions. @throws Refusal system_error, operation_failed */
  async build({ path, mode, owner, group }: contracts.BuildHostPool): Promise<object> {
    mustLieIn(path, this.world.roots);
    await saying(`cannot create path '${path}'`, () => made(path, mode ?? DEFAULT_MODE));
    // Where the path leads to is known once it is there.
    await this.within({ path }, async () => undefined);
    if (mode !== undefined) await saying(`cannot set mode of '${path}' to ${mode.toString(8)}`, () => chmod(path, mode));
    if (owner !== undefined || group !== undefined)
      await saying(`cannot chown '${path}' to (${owner ?? -1}, ${group ?? -1})`, () => chown(path, owner ?? -1, group ?? -1));
    return {};
  }

  /** @throws Refusal system_error when it is not empty */
  async remove({ path }: HostPool): Promise<object> {
    await this.within({ path }, (directory) => saying(`failed to remove pool '${path}'`, () => rmdir(directory.path)));
    return {};
  }

  async make(order: contracts.MakeHostVolume): Promise<Looked> {
    const { path, xml, preallocate = false, from } = order;
    const name = await this.within(order, async (directory) => {
      const make = (source?: Source) =>
        makeVolume({ directory, path, xml, preallocate, from: source, backing: (below) => this.below(order, below) });
      return asRefusal(() => (from ? this.opened(from, 'read', (file) => this.source(from, file, make)) : make()));
    });
    return { revision: await this.facts.lookAt(order, name), volumes: [name] };
  }

  async removeVolume(order: HostVolume): Promise<Looked> {
    await this.within(order, (directory) => directory.remove(order.volume));
    return { revision: await this.facts.lookAt(order, order.volume) };
  }

  async resize(order: contracts.ResizeHostVolume): Promise<Looked> {
    await this.opened(order, 'both', (file) => resizeVolume(file, pathOf(order), order));
    return { revision: await this.facts.lookAt(order, order.volume) };
  }

  async wipe(order: HostVolume): Promise<Looked> {
    await this.opened(order, 'both', (file) => wipe(file, pathOf(order)));
    return { revision: await this.facts.lookAt(order, order.volume) };
  }

  look(order: HostVolume): Promise<contracts.VolumeRecord> {
    const { uuid: pool, path, volume: name } = order;
    return this.within(order, (directory) => volumeFacts(directory, { hostId: this.world.hostId, pool, path, name }));
  }

  /** What it holds, byte for byte, in a session of its own. @returns the session's subject. @throws Refusal */
  async download(order: contracts.OpenHostVolume): Promise<contracts.VolumeSession> {
    const volume = await this.kept(order, 'read');
    return { subject: await this.sessions.download(volume, order) };
  }

  /** Bytes to it, which a session brings; afterwards it is looked at. @returns the session's subject. @throws Refusal */
  async upload(order: contracts.OpenHostVolume): Promise<contracts.VolumeSession> {
    const volume = await this.kept(order, 'write');
    const look = async (): Promise<void> => void (await this.facts.lookAt(order, order.volume));
    return { subject: await this.sessions.upload(volume, order, look) };
  }

  /**
   * Where a disk's volume is, found to have nothing below it that is out of its reach.
   * @throws Refusal no_pool, no_volume, config_unsupported when the pool is not active, operation_failed
   */
  async volumeOfDisk(pool: string, volume: string): Promise<{ readonly type: 'file' | 'dir'; readonly path: string }> {
    const record = this.world.pools.all().find(({ name }) => name === pool);
    if (!record) throw new Refusal('no_pool', `Storage pool not found: no storage pool with matching name '${pool}'`);
    if (!record.active)
      throw new Refusal(
        'config_unsupported',
        `unsupported configuration: storage pool '${pool}' containing volume '${volume}' is not active`,
      );
    const { type } = await this.look({ ...record, volume });
    const path = `${record.path}/${volume}`;
    if (type === 'file') await this.below(record, path);
    return { type, path };
  }

  /** A file that a disk names may be a volume, too: then the same holds for it. @throws Refusal operation_failed */
  async mayBeDisk(path: string): Promise<void> {
    const record = this.world.pools.all().find((pool) => pool.active && pool.path === dirname(path));
    if (record) await this.below(record, path).catch(unlessMissing);
  }

  private async source(from: HostVolume, file: FileHandle, make: (source: Source) => Promise<string>): Promise<string> {
    const header = await headerOf(file);
    await this.below(from, pathOf(from));
    return make({ file, format: header.format === 'iso' ? 'raw' : header.format, capacity: header.capacity ?? (await file.stat()).size });
  }

  /** Bytes that an image shows, when all that lies below it is within reach of the pool. @throws Refusal operation_failed, no_volume */
  private async below(pool: HostPool, image: string): Promise<number> {
    const pools = this.world.pools.all().filter(({ active }) => active);
    const of = pools.find(({ uuid }) => uuid === pool.uuid) ?? pool;
    let path = image;
    let capacity: number | undefined;
    if (!liesIn(path, pool.path)) {
      const first = judgeBacking({ format: 'raw', backing: { path } }, { directory: pool.path, of, pools, roots: this.world.roots });
      if (first.type === 'refused') throw failed(`'${image}' lies in no storage pool that may be used for it`);
    }
    for (let depth = 0; depth < MAX_CHAIN; depth += 1) {
      const { header, size } = await this.headerAt(path);
      capacity ??= header.capacity ?? size;
      const answer = judgeBacking(header, { directory: dirname(path), of, pools, roots: this.world.roots });
      if (answer.type === 'none') return capacity;
      if (answer.type === 'refused') throw failed(`'${path}' cannot be used: ${answer.words}`);
      path = answer.path;
    }
    throw failed(`'${image}' lies upon more than ${MAX_CHAIN} images`);
  }

  private headerAt(path: string): Promise<{ readonly header: Awaited<ReturnType<typeof headerOf>>; readonly size: number }> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return this.within({ path: dirname(path) }, async (directory) => {
      const file = await directory.file(name, 'read');
      try {
        return { header: await headerOf(file), size: (await file.stat()).size };
      } finally {
        await file.close();
      }
    });
  }

  private async opened<T>(of: HostVolume, access: Access, act: (file: FileHandle) => Promise<T>): Promise<T> {
    const { file } = await this.kept(of, access);
    try {
      return await act(file);
    } finally {
      await file.close();
    }
  }

  /** The file of a volume, which whoever asks closes. */
  private kept(of: HostVolume, access: Access): Promise<OpenVolume> {
    return this.within(of, async (directory) => {
      const file = await directory.file(of.volume, access);
      const stats = await file.stat();
      if (stats.isFile()) return { file, path: pathOf(of) };
      await file.close();
      throw notAFile(of, stats.isDirectory());
    });
  }

  private async within<T>(pool: Pick<HostPool, 'path'>, act: (directory: PoolDirectory) => Promise<T>): Promise<T> {
    const directory = await PoolDirectory.open(pool, this.world);
    try {
      return await act(directory);
    } finally {
      await directory.close();
    }
  }
}

/** QEMU says itself that a file is not there. */
function unlessMissing(thrown: unknown): void {
  if (!(thrown instanceof Refusal) || thrown.code !== 'no_volume') throw thrown;
}

const pathOf = ({ path, volume }: HostVolume): string => `${path}/${volume}`;

const notAFile = (of: HostVolume, isDirectory: boolean): Refusal =>
  isDirectory
    ? new Refusal('system_error', `Failed to open storage volume with path '${pathOf(of)}': Is a directory`, { domain: 18 })
    : noVolume(of.volume);

/** Each directory on the way is made with what the umask leaves; the last has the mode. */
async function made(path: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await mkdir(path, { mode });
    await chmod(path, mode);
  } catch (thrown) {
    if (!isErrno(thrown) || thrown.code !== 'EEXIST') throw thrown;
  }
}

async function asRefusal<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw refusalOf(thrown);
  }
}
