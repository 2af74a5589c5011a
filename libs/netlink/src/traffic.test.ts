import { expect, test } from 'vitest';
import { Rtnetlink } from './rtnetlink.js';
import { addPolice, setHtbClass } from './traffic.js';
import type { Transport } from './transport.js';

/** What reaches the kernel; every request is acknowledged. */
function recorded(act: (rtnetlink: Rtnetlink) => void): Buffer {
  let sent = Buffer.alloc(0);
  const transport: Transport = {
    send: (bytes) => void (sent = Buffer.from(bytes)),
    sendAsync: async () => undefined,
    receive: (into) => {
      const ack = Buffer.alloc(36);
      ack.writeUInt32LE(36, 0);
      ack.writeUInt16LE(2, 4);
      sent.copy(ack, 8, 8, 12);
      ack.copy(into);
      return ack.length;
    },
    close: () => undefined,
  };
  act(new Rtnetlink(transport));
  return sent;
}

const link = { index: 7, name: 'vnet0' };
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** As `tc filter add dev vnet0 parent ffff: protocol all u32 match u32 0 0 police rate 100kbps burst 100kb mtu 64kb drop` sends it. */
test('policing is asked for with the bytes of tc(8)', () => {
  const sent = recorded((rtnetlink) => void addPolice(rtnetlink, link, { rate: 100_000, burstBytes: 102_400 }));
  const parameters = hex(`3c000100 00000000 02000000 00000000 0024f400 00000100
    09010000 ffff0000 a0860100 000000000000000000000000 00000000 00000000 00000000 04040200`);
  expect(sent.includes(parameters)).toBe(true);
  const table = sent.indexOf(parameters) + parameters.length;
  const cells = Array.from({ length: 256 }, (_, cell) => sent.readUInt32LE(table + cell * 4));
  expect(cells).toEqual(Array.from({ length: 256 }, (_, cell) => (cell + 1) * 80_000));
  expect(sent.includes(hex('08000100 01000000 24000500 01000100 00000000 00000000 00000000'))).toBe(true);
});

/** As `tc class add dev vnet0 parent 1: classid 1:1 htb rate 100kbps ceil 200kbps burst 100kb quantum 87` sends it, but for the tables. */
test('a class is asked for with the bytes of tc(8)', () => {
  const sent = recorded((rtnetlink) =>
    setHtbClass(rtnetlink, link, { handle: 0x1_0001, parent: 0x1_0000, rate: 100_000, ceil: 200_000, burstBytes: 102_400, quantum: 87 }),
  );
  // The kernel reads neither the cell size nor its alignment where frames are counted as Ethernet's.
  expect(sent.includes(hex(`30000100 00010000 00000000 a0860100 00010000 00000000 400d0300 0024f400 48e80100 57000000`))).toBe(true);
  expect(sent.includes(hex('0700000001000100 00000100'))).toBe(true);
});
