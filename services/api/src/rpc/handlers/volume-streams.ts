import { errorDomain, RemoteError, type Call, type ServerStream } from '@virtbus/libvirt-rpc';
import type { VolumePart } from '../../pools/volume-bytes.js';
import { asRemote, invalidArgument, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`, and that of downloads. */
const SPARSE = 1;

interface Asked {
  readonly vol: { readonly pool: string; readonly name: string };
  readonly offset: bigint;
  readonly length: bigint;
  readonly flags: number;
}

async function partOf({ vol, offset, length }: Asked, session: Session): Promise<VolumePart> {
  const end = offset + length;
  if (end > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument(`byte ${end} lies behind the end of any file`, errorDomain.storage);
  const { pool, volume } = await session.known.volume(vol);
  return { pool, volume: volume.name, offset: Number(offset), length: length === 0n ? undefined : Number(length) };
}

/** @throws RemoteError when no number of ours can say it */
function countOf(length: bigint): number {
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument(`a hole of ${length} bytes`, errorDomain.storage);
  return Number(length);
}

const failureOf = (thrown: unknown): RemoteError => {
  const error = asRemote(thrown);
  return error instanceof RemoteError ? error : new RemoteError(1, errorDomain.storage, 'internal error: the volume cannot be read');
};

/** Whoever waits for `act` is told in libvirt's words why it failed. */
const told = (act: Promise<void>): Promise<void> =>
  act.catch((thrown: unknown) => {
    throw asRemote(thrown);
  });

/** The first bytes come after the reply, through the connection that the client has. */
async function download(stream: ServerStream, part: VolumePart, { session, call }: { session: Session; call: Call }): Promise<void> {
  const replied = new Promise<void>((resolve) => call.afterReply(resolve));
  const bytesOf = await session.orders.download(part, {
    take: async (bytes) => {
      await replied;
      await stream.send(bytes);
    },
    takeHole: async (length) => {
      await replied;
      await stream.sendHole(length);
    },
  });
  const end = () => void bytesOf.abort();
  stream.listen({ onData: () => undefined, onFinish: end, onAbort: end });
  void bytesOf.done.then(
    () => replied.then(() => stream.endOfData()),
    (thrown: unknown) => stream.abort(failureOf(thrown)),
  );
}

/** Procedures that carry the bytes of a volume. */
export const volumeStreams: RemoteHandlers = {
  storage_vol_upload: async (args, session, call: Call) => {
    refuseOtherFlags(args.flags, SPARSE, 'storage_vol_upload');
    const upload = await session.orders.upload(await partOf(args, session));
    let sent: Promise<void> = Promise.resolve();
    // A frame may come before the one before it has been sent on.
    const next = (act: () => Promise<void>): Promise<void> => told((sent = sent.then(act)));
    const onHole = (length: bigint): Promise<void> => next(() => upload.sendHole(countOf(length)));
    call.openStream().listen({
      onData: (bytes) => next(() => upload.send(bytes)),
      ...((args.flags & SPARSE) === 0 ? {} : { onHole }),
      onFinish: () => told(sent.then(() => upload.finish())),
      onAbort: () => void upload.abort(),
    });
    return {};
  },
  storage_vol_download: async (args, session, call: Call) => {
    refuseOtherFlags(args.flags, SPARSE, 'storage_vol_download');
    const part = { ...(await partOf(args, session)), sparse: (args.flags & SPARSE) !== 0 };
    await download(call.openStream(), part, { session, call });
    return {};
  },
};
