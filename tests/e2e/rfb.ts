import type { Duplex } from 'node:stream';
import { expect } from 'vitest';

/** What a VNC server says of the screen that it shows (RFC 6143, 7.3.2). */
export interface ShownScreen {
  readonly version: string;
  readonly width: number;
  readonly height: number;
  readonly name: string;
}

const NO_SECURITY = 1;

/** A VNC client's side of a connection. */
export class RfbClient {
  private held = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  private ended = false;

  constructor(readonly stream: Duplex) {
    stream.on('data', (bytes: Buffer) => {
      this.held = Buffer.concat([this.held, bytes]);
      this.wake();
    });
    for (const end of ['error', 'close'])
      stream.on(end, () => {
        this.ended = true;
        this.wake();
      });
  }

  /** Shakes hands as a VNC client does that has no password. @throws Error when the other side is no VNC server, or wants more */
  async shakeHands(): Promise<ShownScreen> {
    const version = await this.exactly(12);
    this.stream.write(version);
    const [count = 0] = await this.exactly(1);
    if (![...(await this.exactly(count))].includes(NO_SECURITY)) throw new Error('the screen wants a password');
    this.stream.write(Uint8Array.of(NO_SECURITY));
    const result = (await this.exactly(4)).readUInt32BE();
    if (result !== 0) throw new Error(`the screen refuses: ${result}`);
    const shared = 1;
    this.stream.write(Uint8Array.of(shared));
    const init = await this.exactly(24);
    const name = await this.exactly(init.readUInt32BE(20));
    return { version: version.toString().trim(), width: init.readUInt16BE(0), height: init.readUInt16BE(2), name: name.toString() };
  }

  /** Asks for the whole screen, as it is, and reads it: 32 bits for each pixel, as QEMU has them unless it is told otherwise. */
  async readScreen({ width, height }: ShownScreen): Promise<void> {
    const request = Buffer.alloc(10);
    request.writeUInt8(3, 0);
    request.writeUInt16BE(width, 6);
    request.writeUInt16BE(height, 8);
    this.stream.write(request);
    // One rectangle: its place and size, and that it is not encoded.
    const update = await this.exactly(16);
    expect([update.readUInt16BE(2), update.readUInt16BE(8), update.readUInt16BE(10), update.readInt32BE(12)]).toEqual([
      1,
      width,
      height,
      0,
    ]);
    await this.exactly(width * height * 4);
  }

  private async exactly(count: number): Promise<Buffer> {
    while (this.held.length < count) {
      if (this.ended) throw new Error('the screen ended the connection');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const bytes = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return bytes;
  }
}
