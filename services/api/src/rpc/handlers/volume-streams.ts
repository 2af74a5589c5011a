import * as contracts from '@virtbus/contracts';
import type { HostVolume, PoolRecord } from '@virtbus/contracts';
import { errorDomain, RemoteError, type Call, type ServerStream } from '@virtbus/libvirt-rpc';
import { hostPoolOf } from '../../pools/pool-hosts.js';
import { piecesOf, VolumeWriter, type Extent } from '../volume-bytes.js';
import { asRemote, invalidArgument, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session, Settle } from '../session.js';

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

async function download(stream: ServerStream, { session, pool, of }: Place, extent: Extent, isOver: () => boolean): Promise<void> {
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const { data } = await session.orders.askHost(pool, contracts.readHostVolume, { ...of, offset, length });
    return Buffer.from(data, 'base64');
  };
  for await (const piece of piecesOf(extent, read)) {
    if (isOver()) return;
    await stream.send(piece);
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

/** Says that it did not end well, and goes on to throw. */
const badly =
  (settle: Settle) =>
  async (thrown: unknown): Promise<never> => {
    await settle(thrown);
    throw thrown;
  };

/** The client has gone, or wants no more: there is nobody left to tell that it could not be said. */
const givenUp = (settle: Settle): void => {
  settle(new contracts.Refusal('operation_failed', 'operation failed: the client ended the stream before its end')).catch(() => undefined);
};

/** Procedures that carry the bytes of a volume. */
export const volumeStreams: RemoteHandlers = {
  storage_vol_upload: async (args, session, call: Call) => {
    refuseOtherFlags(args.flags, 0, 'storage_vol_upload');
    const extent = extentOf(args);
    const place = await placeOf(args, session);
    const settle = await session.orders.announce(place.pool, contracts.writeHostVolume, `${place.pool.name}/${place.of.volume}`);
    // Whether it can be written to at all is known before anything is sent.
    await session.orders
      .askHost(place.pool, contracts.writeHostVolume, { ...place.of, offset: extent.offset, data: '' })
      .catch(badly(settle));
    const { orders } = session;
    const writer = new VolumeWriter(extent, (offset, bytes) =>
      orders.askHost(place.pool, contracts.writeHostVolume, { ...place.of, offset, data: bytes.toString('base64') }),
    );
    const finish = async (): Promise<void> => {
      await writer.finish();
      // What there is to say of the volume has changed.
      await orders.askHost(place.pool, contracts.lookAtHostPool, hostPoolOf(place.pool));
      await settle();
    };
    const told = (act: () => Promise<void>): Promise<void> =>
      act()
        .catch(badly(settle))
        .catch((thrown: unknown) => {
          throw asRemote(thrown);
        });
    call.openStream().listen({
      onData: (bytes) => told(() => writer.take(bytes)),
      onFinish: () => told(finish),
      onAbort: () => givenUp(settle),
    });
    return {};
  },
  storage_vol_download: async (args, session, call: Call) => {
    refuseOtherFlags(args.flags, 0, 'storage_vol_download');
    const extent = extentOf(args);
    const place = await placeOf(args, session);
    const settle = await session.orders.announce(place.pool, contracts.readHostVolume, `${place.pool.name}/${place.of.volume}`);
    await session.orders
      .askHost(place.pool, contracts.readHostVolume, { ...place.of, offset: extent.offset, length: 0 })
      .catch(badly(settle));
    const stream = call.openStream();
    let over = false;
    const end = () => void (over = true);
    const abort = () => {
      end();
      givenUp(settle);
    };
    stream.listen({ onData: () => undefined, onFinish: end, onAbort: abort });
    call.afterReply(() => {
      const reading = download(stream, place, extent, () => over);
      reading
        .then(() => settle(), badly(settle))
        .catch((thrown: unknown) => {
          const error = asRemote(thrown);
          void stream.abort(
            error instanceof RemoteError ? error : new RemoteError(1, errorDomain.storage, 'internal error: the volume cannot be read'),
          );
        });
    });
    return {};
  },
};
