import * as contracts from '@virtbus/contracts';
import type { HostVolume, PoolRecord } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError, type Call, type ServerStream } from '@virtbus/libvirt-rpc';
import { hostPoolOf } from '../../pools/pool-hosts.js';
import { asRemote, invalidArgument, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const PIECE = contracts.MAX_VOLUME_PIECE;

interface Extent {
  readonly offset: number;
  /** Bytes; without end when absent. */
  readonly length: number | undefined;
}

function extentOf({ offset, length }: { readonly offset: bigint; readonly length: bigint }): Extent {
  const end = offset + length;
  if (end > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument(`byte ${end} lies behind the end of any file`, errorDomain.storage);
  return { offset: Number(offset), length: length === 0n ? undefined : Number(length) };
}

interface Place {
  readonly session: Session;
  readonly pool: PoolRecord;
  readonly of: HostVolume;
}

/** Passes on what a client sends in pieces as large as a message may be, one after the other: the client is not read any faster. */
class Upload {
  private waiting: Buffer[] = [];
  private size = 0;
  private at: number;
  private written: Promise<void> = Promise.resolve();

  constructor(
    private readonly place: Place,
    private readonly extent: Extent,
  ) {
    this.at = extent.offset;
  }

  /** @throws Refusal of the host; RemoteError for more than was said */
  take(bytes: Buffer): Promise<void> {
    this.written = this.written.then(() => this.add(bytes));
    return this.written;
  }

  async finish(): Promise<void> {
    await this.written;
    await this.flush();
    // What there is to say of the volume has changed.
    await this.place.session.orders.askHost(this.place.pool, contracts.lookAtHostPool, hostPoolOf(this.place.pool));
  }

  private async add(bytes: Buffer): Promise<void> {
    const { offset, length } = this.extent;
    if (length !== undefined && this.at + this.size + bytes.length > offset + length)
      throw new RemoteError(errorCode.systemError, errorDomain.none, 'cannot write to stream: No space left on device');
    this.waiting.push(bytes);
    this.size += bytes.length;
    if (this.size >= PIECE) await this.flush();
  }

  private async flush(): Promise<void> {
    const all = Buffer.concat(this.waiting);
    this.waiting = [];
    this.size = 0;
    const { session, pool, of } = this.place;
    for (let from = 0; from < all.length; from += PIECE) {
      const piece = all.subarray(from, from + PIECE);
      await session.orders.askHost(pool, contracts.writeHostVolume, { ...of, offset: this.at, data: piece.toString('base64') });
      this.at += piece.length;
    }
  }
}

async function download(
  stream: ServerStream,
  { session, pool, of }: Place,
  { offset, length }: Extent,
  isOver: () => boolean,
): Promise<void> {
  for (let at = offset; !isOver();) {
    const wanted = Math.min(PIECE, length === undefined ? PIECE : offset + length - at);
    if (wanted === 0) break;
    const { data } = await session.orders.askHost(pool, contracts.readHostVolume, { ...of, offset: at, length: wanted });
    const bytes = Buffer.from(data, 'base64');
    await stream.send(bytes);
    at += bytes.length;
    if (bytes.length < wanted) break;
  }
  await stream.endOfData();
}

type Asked = {
  readonly vol: { readonly pool: string; readonly name: string };
  readonly offset: bigint;
  readonly length: bigint;
  readonly flags: number;
};

async function placeOf({ vol }: Asked, session: Session): Promise<Place> {
  const { pool, volume } = await session.known.volume(vol);
  return { session, pool, of: { ...hostPoolOf(pool), volume: volume.name } };
}

/** Procedures that carry the bytes of a volume. */
export const volumeStreams: RemoteHandlers = {
  storage_vol_upload: async (args, session, call: Call) => {
    refuseOtherFlags(args.flags, 0, 'storage_vol_upload');
    const extent = extentOf(args);
    const place = await placeOf(args, session);
    await session.orders.announce(place.pool, contracts.writeHostVolume, `${place.pool.name}/${place.of.volume}`);
    // Whether it can be written to at all is known before anything is sent.
    await session.orders.askHost(place.pool, contracts.writeHostVolume, { ...place.of, offset: extent.offset, data: '' });
    const upload = new Upload(place, extent);
    const told = async (act: () => Promise<void>): Promise<void> => {
      try {
        await act();
      } catch (thrown) {
        throw asRemote(thrown);
      }
    };
    call.openStream().listen({
      onData: (bytes) => told(() => upload.take(bytes)),
      onFinish: () => told(() => upload.finish()),
      onAbort: () => undefined,
    });
    return {};
  },
  storage_vol_download: async (args, session, call: Call) => {
    refuseOtherFlags(args.flags, 0, 'storage_vol_download');
    const extent = extentOf(args);
    const place = await placeOf(args, session);
    await session.orders.announce(place.pool, contracts.readHostVolume, `${place.pool.name}/${place.of.volume}`);
    await session.orders.askHost(place.pool, contracts.readHostVolume, { ...place.of, offset: extent.offset, length: 0 });
    const stream = call.openStream();
    let over = false;
    const end = () => void (over = true);
    stream.listen({ onData: () => undefined, onFinish: end, onAbort: end });
    call.afterReply(() => {
      download(stream, place, extent, () => over).catch((thrown: unknown) => {
        const error = asRemote(thrown);
        void stream.abort(
          error instanceof RemoteError ? error : new RemoteError(1, errorDomain.storage, 'internal error: the volume cannot be read'),
        );
      });
    });
    return {};
  },
};
