import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { beforeEach, expect, test } from 'vitest';
import { domainRecord, domainState, TestGateway, uuidOf } from '../testing.js';

const dom = { name: 'd1', uuid: uuidOf(1), id: -1 };
const AUTODESTROY = 2;
let gate: TestGateway;
const ended = () => gate.sent.filter(({ subject }) => subject === 'virtbus.v1.cmd.domain.destroy').map(({ payload }) => payload);
const runs = (id: number) => gate.views.states.put({ uuid: uuidOf(1) }, domainState(1, { id }));

beforeEach(() => {
  gate = new TestGateway();
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1));
  gate.answer = ({ subject }) => {
    if (/\.(start|create)$/.test(subject)) runs(101);
    return { uuid: uuidOf(1), name: 'd1' };
  };
});

test.each([
  ['started', () => gate.call(remote.domain_create_with_flags, { dom, flags: AUTODESTROY })],
  ['created', () => gate.call(remote.domain_create_xml, { xml_desc: '<domain/>', flags: AUTODESTROY })],
])('a domain that was %s for the connection ends with it', async (_, act) => {
  await act();
  expect(ended()).toEqual([]);
  await gate.session.close();
  expect(ended()).toEqual([{ domain: uuidOf(1) }]);
});

test('one that was started for good stays', async () => {
  await gate.call(remote.domain_create_with_flags, { dom, flags: 0 });
  await gate.session.close();
  expect(ended()).toEqual([]);
});

test('one that somebody has started again is not the connection’s any more', async () => {
  await gate.call(remote.domain_create_with_flags, { dom, flags: AUTODESTROY });
  runs(102);
  await gate.session.close();
  expect(ended()).toEqual([]);
});

test('one whose connection ends while it starts ends, too', async () => {
  const { answer } = gate;
  gate.answer = (contract, payload) => {
    if (contract.subject.endsWith('.start')) void gate.session.close();
    return answer(contract, payload);
  };
  await gate.call(remote.domain_create_with_flags, { dom, flags: AUTODESTROY });
  expect(ended()).toEqual([{ domain: uuidOf(1) }]);
});

test.each<[string, number, object]>([
  ['one that leaves the way open', 0, {}],
  ['one that has both ways', 3, {}],
  ['one by the button', 1, { mode: 'acpi' }],
  ['one by the agent', 2, { mode: 'agent' }],
])('of shutdowns and reboots, %s is ordered as it is', async (_, flags, mode) => {
  runs(101);
  await gate.call(remote.domain_shutdown_flags, { dom, flags });
  await gate.call(remote.domain_reboot, { dom, flags });
  expect(gate.sent.map(({ subject, payload }) => [subject, payload])).toEqual([
    ['virtbus.v1.cmd.domain.shutdown', { domain: uuidOf(1), ...mode }],
    ['virtbus.v1.cmd.domain.reboot', { domain: uuidOf(1), ...mode }],
  ]);
});

test.each([
  [remote.domain_shutdown_flags, 'qemuDomainShutdownFlags'],
  [remote.domain_reboot, 'qemuDomainReboot'],
])('ways that containers have are refused by %o', async (procedure, name) => {
  await expect(gate.call(procedure, { dom, flags: 6 })).rejects.toMatchObject({
    code: 8,
    message: `unsupported flags (0x4) in function ${name}`,
  });
  expect(gate.sent).toEqual([]);
});
