import * as contracts from '@virtbus/contracts';
import { codesets } from '@virtbus/contracts';
import { RemoteError, type Call, type ServerStream } from '@virtbus/libvirt-rpc';
import type { DomainHandle } from '../handles.js';
import { argumentUnsupported, asRemote, invalidArgument, invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

type Piece = contracts.Screenshot;

const ask = (uuid: string, screen: number, more: object, { orders }: Session): Promise<Piece> =>
  orders.ask(contracts.takeScreenshot, { domain: uuid, screen, ...more });

/** The rest of a picture, piece by piece; the client takes one before the next is asked for. */
async function sendPicture(
  first: Piece,
  stream: ServerStream,
  next: (piece: { readonly id: string; readonly offset: number }) => Promise<Piece>,
): Promise<void> {
  let sent = 0;
  for (let piece = first; ; piece = await next({ id: first.id, offset: sent })) {
    const bytes = Buffer.from(piece.data, 'base64');
    await stream.send(bytes);
    sent += bytes.length;
    if (sent >= first.bytes || bytes.length === 0) return stream.endOfData();
  }
}

async function screenshot({ dom, screen }: { readonly dom: DomainHandle; readonly screen: number }, session: Session, call: Call) {
  const { record } = await session.known.domain(dom);
  const first = await ask(record.uuid, screen, {}, session);
  const stream = call.openStream();
  stream.listen({ onData: () => undefined, onFinish: () => undefined, onAbort: () => undefined });
  void sendPicture(first, stream, (piece) => ask(record.uuid, screen, piece, session)).catch((thrown: unknown) => {
    const error = asRemote(thrown);
    return stream.abort(error instanceof RemoteError ? error : new RemoteError(1, 0, 'internal error: the picture could not be read on'));
  });
  return { mime: first.mimeType };
}

/** What reaches into a guest: its keys, its screen. */
export const domainGuest: RemoteHandlers = {
  domain_send_key: async ({ dom, codeset, holdtime, keycodes, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_send_key');
    const { record } = await known.domain(dom);
    const name = codesets[codeset];
    if (name === undefined) throw invalidArgument(`Unsupported codeset: ${codeset}`);
    const keys = { codeset: name, keycodes: [...keycodes], ...(holdtime > 0 ? { holdMs: holdtime } : {}) };
    await orders.run(contracts.sendKeys, { domain: record.uuid, keys });
    return {};
  },
  domain_block_resize: async ({ dom, disk, size, flags }, { known, orders }) => {
    refuseOtherFlags(flags, IN_BYTES, 'domain_block_resize');
    const { record, active } = await known.domain(dom);
    if (!active) throw invalidOperation('domain is not running');
    const bytes = Number(size) * ((flags & IN_BYTES) !== 0 ? 1 : KIB);
    if (!Number.isSafeInteger(bytes)) throw invalidArgument(`size must be less than ${Math.floor(Number.MAX_SAFE_INTEGER / KIB)}`);
    await orders.run(contracts.resizeDisk, { domain: record.uuid, size: { disk, bytes } });
    return {};
  },
  domain_inject_nmi: async ({ dom, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_inject_nmi');
    const { record } = await known.domain(dom);
    await orders.run(contracts.injectNmi, { domain: record.uuid });
    return {};
  },
  domain_set_block_threshold: async ({ dom, dev, threshold, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_set_block_threshold');
    const { record, active } = await known.domain(dom);
    if (!active) throw invalidOperation('domain is not running');
    const bytes = Number(threshold);
    if (!Number.isSafeInteger(bytes)) throw invalidArgument(`threshold must be at most ${Number.MAX_SAFE_INTEGER}`);
    await orders.run(contracts.setBlockThreshold, { domain: record.uuid, threshold: { disk: dev, bytes } });
    return {};
  },
  domain_pm_suspend_for_duration: async ({ dom, target, duration, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_pm_suspend_for_duration');
    const { record } = await known.domain(dom);
    const name = contracts.sleepTargets[target];
    if (name === undefined) throw invalidArgument(`Unknown suspend target: ${target}`);
    if (duration !== 0n) throw argumentUnsupported('Duration not supported. Use 0 for now');
    await orders.run(contracts.putGuestToSleep, { domain: record.uuid, sleep: { target: name } });
    return {};
  },
  domain_pm_wakeup: async ({ dom, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_pm_wakeup');
    const { record } = await known.domain(dom);
    await orders.run(contracts.wakeGuest, { domain: record.uuid });
    return {};
  },
  domain_screenshot: ({ dom, screen, flags }, session, call) => {
    refuseOtherFlags(flags, 0, 'domain_screenshot');
    return screenshot({ dom, screen }, session, call);
  },
  domain_set_time: async ({ dom, seconds, nseconds, flags }, { known, orders }) => {
    refuseOtherFlags(flags, SYNC, 'domain_set_time');
    const { record } = await known.domain(dom);
    const time = {
      seconds: Number(seconds),
      nanoseconds: nseconds,
      ...((flags & SYNC) !== 0 ? { sync: true } : {}),
    };
    await orders.run(contracts.setGuestTime, { domain: record.uuid, time });
    return {};
  },
};

const SYNC = 1;
/** virDomainBlockResizeFlags. */
const IN_BYTES = 1;
const KIB = 1024;
