/** The bytes of volumes over REST. */
import { randomUUID } from 'node:crypto';
import { createVolume, downloadHostVolume, uploadHostVolume, Refusal, type RequestContract } from '@virtbus/contracts';
import type { FastifyReply } from 'fastify';
import { toldDownload, toldUpload, type Settle } from '../pools/told-bytes.js';
import type { VolumePart } from '../pools/volume-bytes.js';
import type { Answer, RestCall } from './call.js';
import { numberIn } from './core/query.js';
import type { Storage } from './storage.js';
import type { Streams } from './streams.js';

/** One body, which is all in memory by now: it may be sent again. @throws Refusal no_pool, no_volume, forbidden, and as the host refuses */
export async function uploadVolume(call: RestCall, storage: Storage): Promise<Answer> {
  const part = await partOf(call, storage);
  const settle = await announced(call, storage, { part, contract: uploadHostVolume });
  const upload = await toldUpload(settle, async () => {
    mustBeThere(part, storage);
    return storage.bytes.upload({ ...part, length: Math.max(1, call.bytes().length, holeIn(call)) });
  });
  await (holeIn(call) > 0 ? upload.sendHole(holeIn(call)) : upload.send(call.bytes()));
  await upload.finish();
  return { status: 200, body: storage.idOf(part.pool, part.volume) };
}

/** @throws Refusal payload_invalid */
function holeIn(call: RestCall): number {
  const hole = numberIn(call.query, 'hole') ?? 0;
  if (hole > 0 && call.bytes().length > 0) throw new Refusal('payload_invalid', 'a hole has no body', { path: 'hole' });
  return hole;
}

interface Parts {
  readonly storage: Storage;
  readonly streams: Streams;
}

/** As fast as the caller takes it. What fails half-way cuts the connection: its length is not said before. @throws as `uploadVolume` does */
export async function downloadVolume(call: RestCall, reply: FastifyReply, { storage, streams }: Parts): Promise<void> {
  const part = await partOf(call, storage);
  const settle = await announced(call, storage, { part, contract: downloadHostVolume });
  const leave = streams.enter(call.caller, call.limits);
  const { raw } = reply;
  try {
    const download = await toldDownload(settle, async () => {
      mustBeThere(part, storage);
      return storage.bytes.download(part, { take: (bytes) => written(raw, bytes) });
    });
    call.gone.addEventListener('abort', () => void download.abort(), { once: true });
    reply.hijack();
    raw.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    await download.done.then(
      () => raw.end(),
      () => raw.destroy(),
    );
  } finally {
    leave();
  }
}

function written(raw: FastifyReply['raw'], bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (raw.destroyed || raw.write(bytes)) return resolve();
    const go = (): void => {
      raw.off('drain', go).off('close', go);
      resolve();
    };
    raw.once('drain', go).once('close', go);
  });
}

async function partOf(call: RestCall, storage: Storage): Promise<VolumePart> {
  const pool = await storage.find(call);
  return { pool, volume: call.param('volume'), offset: numberIn(call.query, 'offset') ?? 0, length: numberIn(call.query, 'length') };
}

/** @throws Refusal operation_invalid, no_volume */
function mustBeThere({ pool, volume }: VolumePart, storage: Storage): void {
  if (!pool.active) throw new Refusal('operation_invalid', `Requested operation is not valid: storage pool '${pool.name}' is not active`);
  storage.volumeIn(pool, volume);
}

/** Who may read or write a volume's bytes is who may make one. @throws Refusal forbidden */
async function announced(
  { caller }: RestCall,
  { gate }: Storage,
  { part: { pool, volume }, contract }: { readonly part: VolumePart; readonly contract: RequestContract },
): Promise<Settle> {
  const write = { commandId: randomUUID(), contract, object: `${pool.name}/${volume}`, project: pool.project };
  gate.check(caller, createVolume, { reference: pool.name, project: pool.project });
  await gate.audit(caller, write);
  let settled: Promise<void> | undefined;
  return (thrown) => (settled ??= gate.settle(write, thrown));
}
