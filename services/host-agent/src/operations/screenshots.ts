import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal, type HostScreenshotQuestion, type Screenshot } from '@virtbus/contracts';

import { QmpError } from '@virtbus/qmp';
import type { LiveGuest } from '../live-guest.js';
import { liveDefinition } from './live-definition.js';

/** Bytes of one piece; in base64 a third more. */
const PIECE_BYTES = 256 * 1024;
/** A picture nobody reads on is dropped after this. */
const KEPT_MS = 30_000;
const MOST_KEPT = 8;
/** 8K without compression has a third more; a guest decides how large its screen is. */
const MAX_BYTES = 64 * 1024 * 1024;

interface Picture {
  readonly uuid: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
  readonly timer: NodeJS.Timeout;
}

/** Pictures of guests' screens, kept while they are read piece by piece. */
export class Screenshots {
  private readonly pictures = new Map<string, Picture>();

  /** @throws Refusal invalid_argument for a picture that is not kept any more */
  next({ uuid, id = '', offset = 0 }: HostScreenshotQuestion): Screenshot {
    const picture = this.pictures.get(id);
    if (picture?.uuid !== uuid) throw new Refusal('invalid_argument', 'invalid argument: the picture is not kept any more; take a new one');
    picture.timer.refresh();
    return this.piece(id, picture, offset);
  }

  /** @throws Refusal invalid_argument, operation_invalid, operation_failed; QmpError */
  async take(guest: LiveGuest, directory: string, screen = 0): Promise<Screenshot> {
    if (this.pictures.size >= MOST_KEPT)
      throw new Refusal('operation_failed', `operation failed: ${MOST_KEPT} pictures are being read already`);
    const id = randomUUID();
    const path = join(directory, `screen-${id}`);
    try {
      const mimeType = await dump(guest, path, screen);
      if ((await stat(path)).size > MAX_BYTES)
        throw new Refusal('operation_failed', `operation failed: the picture has over ${MAX_BYTES} bytes`);
      const picture = { uuid: guest.entry.uuid, mimeType, bytes: await readFile(path), timer: this.expiry(id) };
      this.pictures.set(id, picture);
      return this.piece(id, picture, 0);
    } finally {
      await rm(path, { force: true });
    }
  }

  close(): void {
    for (const { timer } of this.pictures.values()) clearTimeout(timer);
    this.pictures.clear();
  }

  private expiry(id: string): NodeJS.Timeout {
    return setTimeout(() => this.pictures.delete(id), KEPT_MS).unref();
  }

  private piece(id: string, { mimeType, bytes, timer }: Picture, offset: number): Screenshot {
    const piece = bytes.subarray(offset, offset + PIECE_BYTES);
    if (offset + piece.length >= bytes.length) {
      clearTimeout(timer);
      this.pictures.delete(id);
    }
    return { id, mimeType, bytes: bytes.length, offset, data: piece.toString('base64') };
  }
}

/** PNG where QEMU writes it (7.1 and newer, when built with it), else PPM. @returns the MIME type */
async function dump({ entry, monitor }: LiveGuest, filename: string, screen: number): Promise<string> {
  const [video] = liveDefinition(entry).devices.video;
  if (!video) throw new Refusal('operation_invalid', 'Requested operation is not valid: no screens to take screenshot from');
  const heads = video.model.heads ?? 1;
  if (screen >= heads) throw new Refusal('invalid_argument', 'invalid argument: no such screen', { path: 'screen' });
  const device = video.alias ? { device: video.alias.name, head: screen } : {};
  try {
    await monitor.call('screendump', { filename, ...device, format: 'png' });
    return 'image/png';
  } catch (thrown) {
    if (!(thrown instanceof QmpError) || !/png|format/i.test(thrown.desc)) throw thrown;
    await monitor.call('screendump', { filename, ...device });
    return 'image/x-portable-pixmap';
  }
}
