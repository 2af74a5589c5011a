export const programs = { remote: 0x20008086, qemu: 0x20008087, lxc: 0x00068000, keepalive: 0x6b656570 } as const;

/** Every program is at its first version. */
export const PROGRAM_VERSION = 1;

export const messageType = { call: 0, reply: 1, event: 2, stream: 3, callWithFds: 4, replyWithFds: 5, streamHole: 6 } as const;
export const status = { ok: 0, error: 1, continue: 2 } as const;
export const keepalive = { ping: 1, pong: 2 } as const;
export const authType = { none: 0, sasl: 1, polkit: 2 } as const;

/** A frame begins with its length, which counts itself. */
export const LENGTH_BYTES = 4;
export const HEADER_BYTES = 24;
/** Header and payload together, for every peer of libvirt's last ten years. */
export const MAX_MESSAGE_BYTES = 33_554_432;
/** With one message. */
export const MAX_DESCRIPTORS = 32;
/** What libvirt's own peers put into one frame of a stream. */
export const STREAM_CHUNK_BYTES = 262_120;
