import { expect, test } from 'vitest';
import { unreachable } from './unreachable.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[\s:]/g, ''), 'hex');
const [guest, peer, group] = ['525400000001', '525400000002', '01005e000001'];
const header = (type: string, to = peer): Buffer => hex(`${to} ${guest} ${type}`);
/** From 10.0.0.1 to 10.0.0.2 unless said otherwise. */
const packet4 = ({ protocol = '11', fragment = '0000', from = '0a000001', to = '0a000002', payload = '03e807d0000c0000' } = {}): Buffer =>
  hex(`4500 0020 0001 ${fragment} 40 ${protocol} 0000 ${from} ${to} ${payload} 68656c6c`);
const packet6 = ({
  next = '11',
  from = `fe80${'0'.repeat(27)}1`,
  to = `fe80${'0'.repeat(27)}2`,
  payload = '03e807d0000c0000',
} = {}): Buffer => hex(`60000000 000c ${next} ff ${from} ${to} ${payload} 68656c6c`);

/** What RFC 1071 makes of words that hold their own checksum. */
const sumOf = (bytes: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
};

test('a packet of IPv4 comes back to its sender as unreachable, with its header and eight bytes', () => {
  const frame = unreachable({ header: header('0800'), packet: packet4() })!;
  const [ethernet, ip, icmp] = [frame.subarray(0, 14), frame.subarray(14, 34), frame.subarray(34)];
  expect(ethernet.toString('hex')).toBe(`${guest}${peer}0800`);
  expect([ip.subarray(12, 16), ip.subarray(16, 20)].map((each) => each.join('.'))).toEqual(['10.0.0.2', '10.0.0.1']);
  expect([ip.readUInt16BE(2), ip[9], icmp[0], icmp[1]]).toEqual([frame.length - 14, 1, 3, 3]);
  expect(icmp.subarray(8)).toEqual(packet4().subarray(0, 28));
  expect([sumOf(ip), sumOf(icmp)]).toEqual([0xffff, 0xffff]);
});

test('a packet of IPv6 comes back likewise', () => {
  const frame = unreachable({ header: header('86dd'), packet: packet6() })!;
  const [ip, icmp] = [frame.subarray(14, 54), frame.subarray(54)];
  expect([ip[6], icmp[0], icmp[1], ip.readUInt16BE(4)]).toEqual([58, 1, 4, icmp.length]);
  expect([ip.subarray(8, 24), ip.subarray(24, 40)]).toEqual([packet6().subarray(24, 40), packet6().subarray(8, 24)]);
  const pseudo = Buffer.concat([ip.subarray(8, 40), Buffer.from([0, 0, 0, icmp.length, 0, 0, 0, 58])]);
  expect(sumOf(Buffer.concat([pseudo, icmp]))).toBe(0xffff);
});

test.each<[string, Buffer, Buffer]>([
  ['ARP', header('0806'), packet4()],
  ['what goes to a group of MACs', header('0800', group), packet4()],
  ['what goes to a group of addresses', header('0800'), packet4({ to: 'e0000001' })],
  ['what goes to everybody', header('0800'), packet4({ to: 'ffffffff' })],
  ['what comes from nobody', header('0800'), packet4({ from: '00000000' })],
  ['a fragment but the first', header('0800'), packet4({ fragment: '0001' })],
  ['an error of ICMP', header('0800'), packet4({ protocol: '01', payload: '0303000000000000' })],
  ['a scrap', header('0800'), packet4().subarray(0, 24)],
  ['a scrap of a frame', Buffer.alloc(10), packet4()],
  ['an error of ICMPv6', header('86dd'), packet6({ next: '3a', payload: '0104000000000000' })],
  ['extensions of IPv6', header('86dd'), packet6({ next: '2c' })],
  ['a group of IPv6', header('86dd'), packet6({ to: `ff02${'0'.repeat(27)}1` })],
  ['nobody of IPv6', header('86dd'), packet6({ from: '0'.repeat(32) })],
  ['a scrap of IPv6', header('86dd'), packet6().subarray(0, 42)],
])('%s is not answered', (_, frame, packet) => expect(unreachable({ header: frame, packet })).toBeUndefined());

test.each([
  ['the first fragment', header('0800'), packet4({ fragment: '2000' })],
  ['a question of ICMP', header('0800'), packet4({ protocol: '01', payload: '0800000000000000' })],
  ['a question of ICMPv6', header('86dd'), packet6({ next: '3a', payload: '8000000000000000' })],
])('%s is', (_, frame, packet) => expect(unreachable({ header: frame, packet })).toBeDefined());
