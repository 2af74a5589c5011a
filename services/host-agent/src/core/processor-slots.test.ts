import { expect, test } from 'vitest';
import { planProcessors, type ProcessorSlot } from './processor-slots.js';

const slot = (socket: number, plugged?: string): ProcessorSlot => ({
  driver: 'qemu64-x86_64-cpu',
  vcpus: 1,
  place: { 'socket-id': socket, 'core-id': 0, 'thread-id': 0 },
  ...(plugged === undefined ? {} : { plugged }),
});
const cold = '/machine/unattached/device[0]';
/** QEMU answers with the last place first. */
const machine = [slot(3), slot(2, '/machine/peripheral/vcpu2'), slot(1, '/machine/peripheral/vcpu1'), slot(0, cold)];

test.each<[string, number, object]>([
  [
    'the next place is filled',
    4,
    { type: 'change', add: [{ id: 'vcpu3', driver: 'qemu64-x86_64-cpu', place: slot(3).place }], remove: [] },
  ],
  ['the last one that was plugged is pulled', 2, { type: 'change', add: [], remove: ['vcpu2'] }],
  ['all that were plugged are pulled', 1, { type: 'change', add: [], remove: ['vcpu2', 'vcpu1'] }],
  ['nothing is to be done', 3, { type: 'change', add: [], remove: [] }],
  ['a processor from the start stays', 0, { type: 'refused' }],
  ['there is no place for more', 5, { type: 'refused' }],
])('%s', (_, wanted, plan) => expect(planProcessors(machine, wanted)).toMatchObject(plan));

test('places that hold two at once are not split', () => {
  const pairs = [
    { ...slot(0, cold), vcpus: 2 },
    { ...slot(1), vcpus: 2 },
  ];
  expect(planProcessors(pairs, 3)).toMatchObject({ type: 'refused' });
  expect(planProcessors(pairs, 4)).toMatchObject({ type: 'change', add: [{ id: 'vcpu1' }] });
});
