import { Refusal } from '@virtbus/contracts';
import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { beforeEach, describe, expect, test } from 'vitest';
import { domainRecord, domainState, TestGateway, uuidOf } from '../testing.js';

const dom = { name: 'd1', uuid: uuidOf(1), id: 101 };
let gate: TestGateway;
/** What the agent was told to do last. */
let told: unknown;

beforeEach(() => {
  gate = new TestGateway();
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1));
  gate.views.states.put({ uuid: uuidOf(1) }, domainState(1));
  gate.views.domains.put({ uuid: uuidOf(2) }, domainRecord(2));
});

/** An agent that answers so. */
function answers(answer: unknown): void {
  gate.answer = (_, payload) => {
    const { agent, question } = payload as { readonly agent?: { readonly command: string }; readonly question?: string };
    told = question === undefined ? JSON.parse(agent?.command ?? '') : { execute: question };
    return { output: JSON.stringify(answer) };
  };
}
const text = (field: string, value: string) => ({ field, value: { type: 'string', value } });

describe('an agent’s answers', () => {
  test('the time, which no number of JavaScript holds to the last nanosecond', async () => {
    answers({ return: 1_700_000_000_123_456_768 });
    expect(await gate.call(remote.domain_get_time, { dom, flags: 0 })).toEqual({ seconds: 1_700_000_000n, nseconds: 123_456_768 });
  });

  test('file systems; what makes no sense is left out', async () => {
    answers({ return: [{ name: 'vda1', mountpoint: '/', type: 'ext4', disk: [{ dev: '/dev/vda' }, {}] }, { name: 7 }, null] });
    expect(await gate.call(remote.domain_get_fsinfo, { dom, flags: 0 })).toEqual({
      info: [{ mountpoint: '/', name: 'vda1', fstype: 'ext4', dev_aliases: ['/dev/vda'] }],
      ret: 1,
    });
  });

  test('a user’s keys, read, replaced, added and taken away', async () => {
    answers({ return: { keys: ['ssh-ed25519 AAAA one', 7] } });
    const asked = { dom, user: 'root', keys: ['ssh-ed25519 BBBB two'] };
    expect(await gate.call(remote.domain_authorized_ssh_keys_get, { dom, user: 'root', flags: 0 })).toEqual({
      keys: ['ssh-ed25519 AAAA one'],
    });
    expect(told).toEqual({ execute: 'guest-ssh-get-authorized-keys', arguments: { username: 'root' } });
    const given = { username: 'root', keys: asked.keys };
    for (const [flags, execute, more] of [
      [0, 'guest-ssh-add-authorized-keys', { reset: true }],
      [1, 'guest-ssh-add-authorized-keys', { reset: false }],
      [2, 'guest-ssh-remove-authorized-keys', {}],
    ] as const) {
      await gate.call(remote.domain_authorized_ssh_keys_set, { ...asked, flags });
      expect(told).toEqual({ execute, arguments: { ...given, ...more } });
    }
    await expect(gate.call(remote.domain_authorized_ssh_keys_set, { ...asked, flags: 3 })).rejects.toThrow('mutually exclusive');
    answers({ return: {} });
    await expect(gate.call(remote.domain_authorized_ssh_keys_get, { dom, user: 'root', flags: 0 })).rejects.toThrow(
      'malformed return value',
    );
  });

  test('the guest’s name', async () => {
    answers({ return: { 'host-name': 'inside' } });
    expect(await gate.call(remote.domain_get_hostname, { dom, flags: 0 })).toEqual({ hostname: 'inside' });
  });

  test('processors as ranges', async () => {
    const cpu = (id: number, online: boolean) => ({ 'logical-id': id, online, 'can-offline': id > 0 });
    answers({ return: [cpu(0, true), cpu(1, true), cpu(2, true), cpu(4, false)] });
    expect((await gate.call(remote.domain_get_guest_vcpus, { dom, flags: 0 })).params).toEqual([
      text('vcpus', '0-2,4'),
      text('online', '0-2'),
      text('offlinable', '1-2,4'),
    ]);
  });

  test('all that is known of the system', async () => {
    answers({ return: { id: 'debian', zone: 'UTC', offset: 0, 'host-name': 'inside' } });
    const { params } = await gate.call(remote.domain_get_guest_info, { dom, types: 2 | 4 | 8, flags: 0 });
    expect(params).toEqual([
      text('os.id', 'debian'),
      text('timezone.name', 'UTC'),
      { field: 'timezone.offset', value: { type: 'int', value: 0 } },
      text('hostname', 'inside'),
    ]);
  });
});

test.each([
  ['freeze', () => gate.call(remote.domain_fsfreeze, { dom, mountpoints: [], flags: 0 }), { execute: 'guest-fsfreeze-freeze' }],
  ['thaw', () => gate.call(remote.domain_fsthaw, { dom, mountpoints: [], flags: 0 }), { execute: 'guest-fsfreeze-thaw' }],
])('%s', async (_, act, expected) => {
  answers({ return: 3 });
  await act();
  expect(told).toEqual(expected);
});

describe('is refused', () => {
  test('of a domain that does not run', async () =>
    expect(gate.call(remote.domain_get_time, { dom: { name: 'd2', uuid: uuidOf(2), id: -1 }, flags: 0 })).rejects.toMatchObject({
      code: 55,
    }));

  test('of one without a channel to an agent, in libvirt’s words', async () => {
    const message = 'argument unsupported: QEMU guest agent is not configured';
    gate.answer = () => {
      throw new Refusal('operation_unsupported', message, { libvirt: 74 });
    };
    await expect(gate.call(remote.domain_get_fsinfo, { dom, flags: 0 })).rejects.toMatchObject({ code: 74, message });
  });

  test('a password, which no stream is to hold', async () => {
    const args = { dom, user: 'root', password: 'geheim', flags: 0 };
    await expect(gate.call(remote.domain_set_user_password, args)).rejects.toMatchObject({ code: 74 });
    const channel = `<devices><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>`;
    const xml = domainRecord(1).xml.replace('</domain>', channel);
    gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { xml }));
    await expect(gate.call(remote.domain_set_user_password, args)).rejects.toMatchObject({ code: 3 });
    expect(gate.sent).toEqual([]);
  });

  test('by an agent that does not know it, and what it knows is told all the same', async () => {
    answers({ error: { class: 'CommandNotFound', desc: 'never heard of it' } });
    await expect(gate.call(remote.domain_get_time, { dom, flags: 0 })).rejects.toMatchObject({ code: 1 });
    await expect(gate.call(remote.domain_get_guest_info, { dom, types: 2, flags: 0 })).rejects.toMatchObject({ code: 1 });
    expect(await gate.call(remote.domain_get_guest_info, { dom, types: 0, flags: 0 })).toEqual({ params: [] });
  });

  test.each([['no number'], [-1], [null]])('when the agent says that it is %s o’clock', async (answer) => {
    answers({ return: answer });
    await expect(gate.call(remote.domain_get_time, { dom, flags: 0 })).rejects.toMatchObject({ code: 1 });
  });
});

describe('how long an agent is waited for', () => {
  const set = (timeout: number, flags = 0) => gate.call(remote.domain_agent_set_response_timeout, { dom, timeout, flags });

  test.each([5, 0, -1, -2, 1_000_000])('is kept as it is said: %i', async (seconds) => {
    expect(await set(seconds)).toEqual({ result: 0 });
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.domain.agenttimeout', payload: { domain: uuidOf(1), seconds } }]);
  });

  test('is not less than there may be, as libvirt has it', async () => {
    await expect(set(-3)).rejects.toMatchObject({
      code: 8,
      message: "invalid argument: guest agent timeout '-3' is less than the minimum '-2'",
    });
    await expect(set(5, 1)).rejects.toMatchObject({ code: 8 });
    expect(gate.sent).toEqual([]);
  });

  test.each<[number | undefined, number | undefined]>([
    [undefined, undefined],
    [-1, undefined],
    [-2, 55],
    [0, 1],
    [20, 20],
    [1_000_000, 55],
  ])('%s is waited for %s seconds', async (agentSeconds, timeoutSeconds) => {
    answers({ return: 1_700_000_000_000_000_000 });
    gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, agentSeconds === undefined ? {} : { agentSeconds }));
    await gate.call(remote.domain_get_guest_vcpus, { dom, flags: 0 });
    const [agent] = gate.sent.map(({ payload }) => payload as Readonly<Record<string, { readonly timeoutSeconds?: number }>>);
    expect(agent?.['agent']?.timeoutSeconds).toBe(timeoutSeconds);
  });
});
