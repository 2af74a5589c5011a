import * as contracts from '@virtbus/contracts';
import { defined, Refusal, type PoolRecord } from '@virtbus/contracts';
import { openDownload, openUpload, type Begin, type Bus, type Download, type Taking, type Upload } from '@virtbus/messaging';
import { hostPoolOf, type PoolHosts } from './pool-hosts.js';

/** Bytes of a volume, from one on; to the end when there is no length. */
export interface VolumePart {
  readonly pool: PoolRecord;
  readonly volume: string;
  readonly offset: number;
  readonly length?: number | undefined;
  /** Whether a download has holes where nothing was written. */
  readonly sparse?: boolean;
}

/** Each has a window of bytes in this process's memory. */
const MAX_TRANSFERS = 32;
/** A host opens a file in no time. Milliseconds. */
const OPEN_MS = 5_000;

/** What goes to volumes and comes from them by way of this gateway: between its client and the host that answers for the pool. */
export class VolumeBytes {
  private underWay = 0;

  constructor(
    private readonly bus: Bus,
    private readonly hosts: Pick<PoolHosts, 'ask'>,
    /** Resolves when what the host has said of a volume is known here. */
    private readonly seen: (volume: contracts.VolumeId) => Promise<void>,
  ) {}

  /** @throws Refusal as the host refuses, or rate_limited */
  upload(part: VolumePart): Promise<Upload> {
    return this.counted(async (over) => {
      let hostId = '';
      const begin = this.begin(part, contracts.uploadHostVolume, (host) => void (hostId = host));
      const upload = await openUpload(this.bus, begin);
      return {
        send: (bytes) => upload.send(bytes).catch(failing(over)),
        sendHole: (length) => upload.sendHole(length).catch(failing(over)),
        finish: async () => {
          await upload.finish().finally(over);
          await this.seen({ hostId, pool: part.pool.uuid, name: part.volume });
        },
        abort: () => upload.abort().finally(over),
      };
    });
  }

  /** @throws Refusal as the host refuses, or rate_limited */
  download(part: VolumePart, taking: Taking): Promise<Download> {
    return this.counted(async (over) => {
      const download = await openDownload(this.bus, this.begin(part, contracts.downloadHostVolume), taking);
      void download.done.catch(() => undefined).finally(over);
      return download;
    });
  }

  private begin(
    { pool, volume, offset, length, sparse }: VolumePart,
    contract: typeof contracts.uploadHostVolume | typeof contracts.downloadHostVolume,
    answered: (hostId: string) => void = () => undefined,
  ): Begin {
    const open = async (at: number): Promise<string> => {
      const rest = length === undefined ? undefined : offset + length - at;
      const order = { ...hostPoolOf(pool), volume, offset: at, ...defined({ length: rest, sparse }) };
      const { hostId, reply } = await this.hosts.ask(pool, contract, order, OPEN_MS);
      answered(hostId);
      return reply.subject;
    };
    return { offset, open };
  }

  /** @param begin is given what says that it is over, once or more often */
  private async counted<T>(begin: (over: () => void) => Promise<T>): Promise<T> {
    if (this.underWay >= MAX_TRANSFERS)
      throw new Refusal('rate_limited', `the bytes of ${MAX_TRANSFERS} volumes are on their way through this gateway; wait for one to end`);
    this.underWay += 1;
    let counts = true;
    const over = (): void => {
      if (counts) this.underWay -= 1;
      counts = false;
    };
    return begin(over).catch(failing(over));
  }
}

const failing =
  (over: () => void) =>
  (thrown: unknown): never => {
    over();
    throw thrown;
  };
