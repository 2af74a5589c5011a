import { SystemError } from '@virtbus/libc';
import { expect, test } from 'vitest';
import {
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  RTM_GETLINK,
  RTM_NEWLINK,
} from './constants.js';
import { MalformedMessage, messagesIn, numberOf } from './decode.js';
import { addForwarding } from './forwarding.js';
import { Message } from './message.js';
import { Rtnetlink } from './rtnetlink.js';
import type { Transport } from './transport.js';

type Reply = Buffer | 'ENOBUFS' | 'EAGAIN' | 'EIO';
const errnos = { ENOBUFS: 105, EAGAIN: 11, EIO: 5, EBUSY: 16 };

/** A kernel that answers the n-th request with the n-th list. */
function scripted(rounds: ((sequence: number) => Reply[])[]): { transport: Transport; sent: number; closed: boolean } {
  const queue: Reply[] = [];
  const state = {
    sent: 0,
    closed: false,
    transport: {
      // The kernel refuses another request while an answer is only half read.
      send: (bytes: Uint8Array) => {
        const sequence = Buffer.from(bytes).readUInt32LE(8);
        const round = rounds[state.sent++]!(sequence);
        queue.push(...(queue.length > 0 ? [status(sequence, errnos.EBUSY)] : round));
      },
      sendAsync: async (bytes: Uint8Array) => state.transport.send(bytes),
      receive: (into: Buffer) => {
        const next = queue.shift() ?? 'EAGAIN';
        if (typeof next === 'string') throw new SystemError('recv', errnos[next]);
        next.copy(into);
        return next.length;
      },
      close: () => void (state.closed = true),
    },
  };
  return state;
}

function packet(sequence: number, type: number, payload: number[], flags = 0): Buffer {
  const bytes = Buffer.alloc(16 + ((payload.length + 3) & ~3));
  bytes.writeUInt32LE(16 + payload.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  Buffer.from(payload).copy(bytes, 16);
  return bytes;
}
const little = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff];
const status = (sequence: number, errno: number, rest: number[] = [], flags = 0) =>
  packet(sequence, NLMSG_ERROR, [...little(-errno), ...Array.from({ length: 16 }, () => 0), ...rest], flags);
const row = (sequence: number, value: number, flags = 0) => packet(sequence, RTM_NEWLINK, little(value), flags);
const done = (sequence: number, flags = 0, errno = 0) => packet(sequence, NLMSG_DONE, little(-errno), flags);
const ask = () => new Message(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP);
const read = (payload: Buffer) => numberOf(payload);
const dumping = (...rounds: ((sequence: number) => Reply[])[]) => {
  const kernel = scripted(rounds);
  return { kernel, dump: () => new Rtnetlink(kernel.transport).dump(ask(), read) };
};

test('a table in several datagrams is one answer', () => {
  const { dump } = dumping((n) => [Buffer.concat([row(n, 1), row(n, 2)]), row(n, 3), done(n)]);
  expect(dump()).toEqual([1, 2, 3]);
});

test('a table that changed while it was dumped is dumped again', () => {
  const { kernel, dump } = dumping(
    (n) => [row(n, 1), done(n, NLM_F_DUMP_INTR)],
    (n) => [row(n, 1, NLM_F_DUMP_INTR), done(n)],
    (n) => [row(n, 1), row(n, 2), done(n)],
  );
  expect(dump()).toEqual([1, 2]);
  expect(kernel.sent).toBe(3);
});

test('a dump with a lost part is read to its end and dumped again', () => {
  const { kernel, dump } = dumping(
    (n) => [row(n, 1), 'ENOBUFS', row(n, 3), done(n)],
    (n) => [row(n, 1), 'ENOBUFS', 'EAGAIN'],
    (n) => [row(n, 1), row(n, 2), row(n, 3), done(n)],
  );
  expect(dump()).toEqual([1, 2, 3]);
  expect(kernel.sent).toBe(3);
});

test('a table that always changes is an error in the end', () => {
  const { kernel, dump } = dumping(...Array.from({ length: 40 }, () => (n: number) => [done(n, NLM_F_DUMP_INTR)]));
  expect(dump).toThrow(expect.objectContaining({ name: 'NetlinkError', code: 'EINTR', syscall: 'RTM_GETLINK' }));
  expect(kernel.sent).toBe(16);
});

test.each([
  ['at its start', (n: number) => [status(n, 1)]],
  ['at its end', (n: number) => [row(n, 1), done(n, 0, 1)]],
])('a dump that is refused %s is an error', (_, round) => {
  expect(dumping(round).dump).toThrow(expect.objectContaining({ code: 'EPERM', errno: 1 }));
});

test('what is left of an earlier request is not taken for the answer', () => {
  const { dump } = dumping((n) => [status(n - 1, 19), row(n - 1, 9), row(n, 1), done(n)]);
  expect(dump()).toEqual([1]);
});

test('a message that says nothing is no answer', () => {
  const kernel = scripted([(n) => [packet(n, NLMSG_NOOP, []), status(n, 19)]]);
  expect(() => new Rtnetlink(kernel.transport).request(ask())).toThrow(expect.objectContaining({ code: 'ENODEV' }));
});

test('a forwarding entry is asked for as libvirt asks: behind the port, neither ageing nor local', () => {
  let sent = Buffer.alloc(0);
  const kernel = scripted([(n) => [status(n, 0)]]);
  const send = (bytes: Uint8Array): void => {
    sent = Buffer.from(bytes);
    kernel.transport.send(bytes);
  };
  addForwarding(new Rtnetlink({ ...kernel.transport, send }), { name: 'vnet0', index: 7 }, '52:54:00:aa:bb:cc');
  const [request] = messagesIn(sent);
  expect(request).toMatchObject({ type: 28, flags: 0x1 | 0x4 | 0x200 | 0x400 });
  const payload = request!.payload;
  // struct ndmsg: PF_BRIDGE, the port, NUD_NOARP | NUD_REACHABLE, NTF_MASTER.
  expect([payload[0], payload.readInt32LE(4), payload.readUInt16LE(8), payload[10]]).toEqual([7, 7, 0x40 | 0x02, 0x04]);
});

test('a malformed dump is an error, and nothing of it is left for the next request', () => {
  const kernel = scripted([(n) => [Buffer.from([1, 2, 3]), row(n, 1), done(n)], (n) => [status(n, 0)]]);
  const rtnetlink = new Rtnetlink(kernel.transport);
  expect(() => rtnetlink.dump(ask(), read)).toThrow(MalformedMessage);
  expect(() => rtnetlink.request(ask())).not.toThrow();
});

test('a refusal carries the errno, the subject and what the kernel said', () => {
  const sentence = [...little(0).slice(0, 0), 12, 0, 1, 0, ...Buffer.from('no such\0')];
  const kernel = scripted([(n) => [status(n, 19, sentence, NLM_F_CAPPED | NLM_F_ACK_TLVS)]]);
  expect(() => new Rtnetlink(kernel.transport).request(ask(), 'vnet0')).toThrow(
    expect.objectContaining({
      code: 'ENODEV',
      subject: 'vnet0',
      detail: 'no such',
      message: 'RTM_GETLINK vnet0: no such device (no such)',
    }),
  );
});

test('a request whose answer was lost is an error, not a success', () => {
  const kernel = scripted([() => ['ENOBUFS']]);
  expect(() => new Rtnetlink(kernel.transport).request(ask())).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
});

test('an answer that comes behind a loss still counts', () => {
  const kernel = scripted([(n) => ['ENOBUFS', status(n, 0)]]);
  expect(() => new Rtnetlink(kernel.transport).request(ask())).not.toThrow();
});

test('an answer that was cut off is an error', () => {
  // Just the part that fits would be a whole success.
  const success = packet(
    1,
    NLMSG_ERROR,
    Array.from({ length: 65_536 - 16 }, () => 0),
  );
  const kernel = scripted([() => [Buffer.concat([success, Buffer.alloc(16)])]]);
  expect(() => new Rtnetlink(kernel.transport).request(ask())).toThrow(MalformedMessage);
});

test('an acknowledgement without a status is malformed', () => {
  const kernel = scripted([(n) => [packet(n, NLMSG_ERROR, [])]]);
  expect(() => new Rtnetlink(kernel.transport).request(ask())).toThrow(MalformedMessage);
});

test('another failure of the socket passes', async () => {
  const kernel = scripted([() => ['EIO'], () => ['EIO']]);
  const rtnetlink = new Rtnetlink(kernel.transport);
  expect(() => rtnetlink.request(ask())).toThrow(expect.objectContaining({ code: 'EIO' }));
  await expect(rtnetlink.requestAsync(ask())).rejects.toThrow(expect.objectContaining({ code: 'EIO' }));
});

test('closing closes the socket', () => {
  const kernel = scripted([]);
  new Rtnetlink(kernel.transport).close();
  expect(kernel.closed).toBe(true);
});
