import { takeScreenshot, type Screenshot } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { Answer } from './call.js';

/** A guest's screen in one piece. @throws Refusal no_domain, operation_invalid … */
export async function pictureOf(bus: Pick<Bus, 'request'>, question: object): Promise<Answer> {
  const { id: _, offset: __, ...wanted } = question as { readonly domain: string; readonly id?: string; readonly offset?: number };
  let piece: Screenshot = await bus.request(takeScreenshot, wanted);
  const pieces = [Buffer.from(piece.data, 'base64')];
  let length = pieces[0]?.length ?? 0;
  while (length < piece.bytes) {
    piece = await bus.request(takeScreenshot, { domain: wanted.domain, id: piece.id, offset: length });
    const next = Buffer.from(piece.data, 'base64');
    if (next.length === 0) break;
    pieces.push(next);
    length += next.length;
  }
  return { status: 200, headers: { 'content-type': piece.mimeType }, body: Buffer.concat(pieces) };
}
