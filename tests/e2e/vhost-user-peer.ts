import { createServer, type Server, type Socket } from 'node:net';

/** vhost-user requests (docs/interop/vhost-user.rst of QEMU), as far as this peer knows them. */
const request = { getFeatures: 1, setOwner: 3, getVringBase: 11, getProtocolFeatures: 15 } as const;
const HEADER_BYTES = 12;
/** Version 1 of the protocol, and that this is an answer. */
const REPLY = 1 | 4;
/** VIRTIO_F_VERSION_1 and VHOST_USER_F_PROTOCOL_FEATURES, of which there are none. */
const FEATURES = (1n << 32n) | (1n << 30n);

/**
 * The other end of a vhost-user interface: it agrees with QEMU on what both can do, and then carries nothing. QEMU's descriptors, which
 * come beside the messages, are not taken.
 */
export class VhostUserPeer {
  /** Requests in their order. */
  readonly asked: number[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(path: string, ready: () => void) {
    this.server = createServer((socket) => this.serve(socket)).listen(path, ready);
  }

  static async listen(path: string): Promise<VhostUserPeer> {
    return new Promise((resolve) => {
      const peer = new VhostUserPeer(path, () => resolve(peer));
    });
  }

  get connections(): number {
    return this.sockets.size;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    let waiting = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      while (waiting.length >= HEADER_BYTES && waiting.length >= HEADER_BYTES + waiting.readUInt32LE(8)) {
        const what = waiting.readUInt32LE(0);
        waiting = waiting.subarray(HEADER_BYTES + waiting.readUInt32LE(8));
        this.asked.push(what);
        const answer = answers[what];
        if (answer) socket.write(Buffer.concat([headerOf(what, answer.length), answer]));
      }
    });
  }
}

const answers: Readonly<Record<number, Buffer>> = {
  [request.getFeatures]: Buffer.from(new BigUint64Array([FEATURES]).buffer),
  [request.getVringBase]: Buffer.alloc(8),
  [request.getProtocolFeatures]: Buffer.alloc(8),
};

const headerOf = (what: number, bytes: number): Buffer => Buffer.from(new Uint32Array([what, REPLY, bytes]).buffer);

export const SET_OWNER = request.setOwner;
