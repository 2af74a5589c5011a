import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { domainRecord, domainState, TestGateway, uuidOf } from '../testing.js';

const plain = domainRecord(2).xml;
const disk = "<devices><disk type='file'><source file='/images/a.img'/><target dev='vda' bus='virtio'/></disk></devices>";
const tuned = plain.replace(
  '  <os>',
  `  <vcpu cpuset='0-1' current='2'>3</vcpu>
  <iothreads>2</iothreads>
  <blkiotune><weight>500</weight><device><path>/dev/sda</path><weight>300</weight></device></blkiotune>
  <memtune><hard_limit unit='KiB'>900000</hard_limit></memtune>
  <cputune><shares>512</shares><quota>-1</quota><vcpupin vcpu='1' cpuset='3'/><emulatorpin cpuset='2'/><iothreadpin iothread='2' cpuset='1'/></cputune>
  <numatune><memory mode='interleave' nodeset='0'/></numatune>
  <os>`,
);

/** d1 runs and is tuned, d2 is neither, d3 runs and has no disk. */
function fleet(): TestGateway {
  const gate = new TestGateway();
  const withDisk = tuned.replace('</domain>', `${disk}</domain>`).replaceAll('d2', 'd1');
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { xml: withDisk }));
  gate.views.domains.put({ uuid: uuidOf(2) }, domainRecord(2));
  gate.views.domains.put({ uuid: uuidOf(3) }, domainRecord(3));
  for (const number of [1, 3]) {
    const uuid = uuidOf(number);
    gate.views.placements.put({ uuid }, { uuid, epoch: 1, hostId: 'host-a', commandId: 'c' });
    gate.views.states.put({ uuid }, domainState(number));
  }
  const host = { hostId: 'host-a', hostname: 'a', arch: 'x86_64', cpus: 4, memoryMiB: 1000, kvm: false, emulator: '/qemu', beat: 1 };
  gate.views.hosts.put({ hostId: 'host-a' }, { ...host, qemuVersion: '7.2.22', startedAt: '' });
  gate.reply = () => ({ records: [{ uuid: uuidOf(1), stats: { 'vcpu.0.time': 5, 'vcpu.1.time': 6 } }] });
  return gate;
}

const handle = (number: number) => ({ name: `d${number}`, uuid: uuidOf(number), id: -1 });
const values = ({ params }: { readonly params: readonly { readonly field: string; readonly value: { readonly value: unknown } }[] }) =>
  Object.fromEntries(params.map(({ field, value }) => [field, value.value]));

describe('tuning', () => {
  const ask = { nparams: 16, flags: 0 };
  const UNLIMITED = 9_007_199_254_740_991n;
  test.each([
    [remote.domain_get_scheduler_parameters, 2, { cpu_shares: 0n, vcpu_period: 0n, vcpu_quota: 0n, iothread_quota: 0n }],
    [remote.domain_get_scheduler_parameters_flags, 1, { cpu_shares: 512n, vcpu_quota: -1n }],
    [remote.domain_get_memory_parameters, 2, { hard_limit: UNLIMITED, soft_limit: UNLIMITED, swap_hard_limit: UNLIMITED }],
    [remote.domain_get_memory_parameters, 1, { hard_limit: 900_000n, soft_limit: UNLIMITED }],
    [remote.domain_get_numa_parameters, 2, { numa_mode: 0, numa_nodeset: '' }],
    [remote.domain_get_numa_parameters, 1, { numa_mode: 2, numa_nodeset: '0' }],
    [remote.domain_get_blkio_parameters, 2, { weight: 0, device_weight: '', device_write_bytes_sec: '' }],
    [remote.domain_get_blkio_parameters, 1, { weight: 500, device_weight: '/dev/sda,300', device_read_iops_sec: '' }],
  ] as const)('$number of domain %i', async (procedure, number, expected) => {
    const found = await fleet().call(procedure as never, { dom: handle(number), ...ask } as never);
    expect(values(found)).toMatchObject(expected);
  });

  test('how many there are is told first', async () => {
    const none = { dom: handle(2), nparams: 0, flags: 0 };
    expect(await fleet().call(remote.domain_get_memory_parameters, none)).toEqual({ params: [], nparams: 3 });
    expect(await fleet().call(remote.domain_get_scheduler_type, { dom: handle(2) })).toEqual({ type: 'posix', nparams: 9 });
  });

  test('live, of what does not run, is refused', async () =>
    expect(fleet().call(remote.domain_get_memory_parameters, { dom: handle(2), nparams: 0, flags: 1 })).rejects.toMatchObject({
      code: 55,
      message: 'Requested operation is not valid: domain is not running',
    }));
});

describe('processors', () => {
  test('of a running domain, with what each has used and where each may run', async () => {
    const { info, cpumaps } = await fleet().call(remote.domain_get_vcpus, { dom: handle(1), maxinfo: 9, maplen: 1 });
    expect(info).toEqual([
      { number: 0, state: 1, cpu_time: 5n, cpu: -2 },
      { number: 1, state: 1, cpu_time: 6n, cpu: -2 },
    ]);
    expect([...cpumaps]).toEqual([0b0011, 0b1000]);
  });

  test('of one that does not run are refused', async () =>
    expect(fleet().call(remote.domain_get_vcpus, { dom: handle(2), maxinfo: 1, maplen: 1 })).rejects.toMatchObject({
      message: 'Requested operation is not valid: cannot retrieve vcpu information for inactive domain',
    }));

  test('pins are the definition’s, and every processor where it says nothing', async () => {
    const pins = async (number: number) =>
      fleet().call(remote.domain_get_vcpu_pin_info, { dom: handle(number), ncpumaps: 9, maplen: 2, flags: 0 });
    expect([...(await pins(1)).cpumaps]).toEqual([0b0011, 0, 0b1000, 0, 0b0011, 0]);
    expect([...(await pins(2)).cpumaps]).toEqual([0b1111, 0]);
    const emulator = async (number: number) => [
      ...(await fleet().call(remote.domain_get_emulator_pin_info, { dom: handle(number), maplen: 1, flags: 0 })).cpumaps,
    ];
    expect([await emulator(1), await emulator(2)]).toEqual([[0b0100], [0b1111]]);
    const threads = await fleet().call(remote.domain_get_iothread_info, { dom: handle(1), flags: 0 });
    expect(threads.info.map(({ iothread_id: id, cpumap }) => [id, ...cpumap])).toEqual([
      [1, 0b0011],
      [2, 0b0010],
    ]);
  });
});

describe('what nobody does', () => {
  const notRunning = 'Requested operation is not valid: domain is not running';
  test.each([
    ['a job of one that does not run', remote.domain_get_job_info, { dom: handle(2) }, notRunning],
    ['a job to end of one that does not run', remote.domain_abort_job, { dom: handle(2) }, notRunning],
    ['statistics of a job', remote.domain_get_job_stats, { dom: handle(2), flags: 0 }, notRunning],
    ['saving what does not run', remote.domain_save, { dom: handle(2), to: '/x' }, notRunning],
    [
      'a saved image',
      remote.domain_managed_save_get_xml_desc,
      { dom: handle(2), flags: 0 },
      'Requested operation is not valid: domain does not have managed save image',
    ],
    ['a disk’s job of what does not run', remote.domain_get_block_job_info, { dom: handle(2), path: 'vda', flags: 0 }, notRunning],
    [
      'a job of a disk that there is not',
      remote.domain_get_block_job_info,
      { dom: handle(1), path: 'vdz', flags: 0 },
      "invalid argument: disk 'vdz' not found in domain",
    ],
    [
      'the end of a disk’s job',
      remote.domain_block_job_abort,
      { dom: handle(1), path: '/images/a.img', flags: 0 },
      'Requested operation is not valid: disk vda does not have an active block job',
    ],
    [
      'a snapshot without disks',
      remote.domain_snapshot_create_xml,
      { dom: handle(2), xml_desc: '<domainsnapshot/>', flags: 0 },
      'unsupported configuration: nothing selected for snapshot',
    ],
    [
      'a snapshot without disks of what runs',
      remote.domain_snapshot_create_xml,
      { dom: handle(3), xml_desc: '<domainsnapshot/>', flags: 0 },
      'unsupported configuration: internal and full system snapshots require all disks to be selected for snapshot',
    ],
    [
      'a snapshot',
      remote.domain_snapshot_create_xml,
      { dom: handle(1), xml_desc: '<domainsnapshot/>', flags: 0 },
      'this function is not supported by the connection driver: virDomainSnapshotCreateXML',
    ],
    [
      'the size of a disk that there is not',
      remote.domain_get_block_info,
      { dom: handle(2), path: 'vda', flags: 0 },
      'invalid argument: invalid path vda not assigned to domain',
    ],
  ])('%s is refused in libvirt’s words', async (_, procedure, args, message) =>
    expect(fleet().call(procedure as never, args as never)).rejects.toMatchObject({ message }),
  );

  test('no disk has a job, and all disks together have counted nothing', async () => {
    expect(await fleet().call(remote.domain_get_block_job_info, { dom: handle(1), path: 'vda', flags: 0 })).toMatchObject({ found: 0 });
    const all = { dom: handle(3), path: '', nparams: 0, flags: 0 };
    expect(await fleet().call(remote.domain_block_stats_flags, all)).toEqual({ params: [], nparams: 0 });
  });
});

describe('what a disk may carry', () => {
  const limited =
    '<iotune><total_bytes_sec>1000000</total_bytes_sec><read_iops_sec>100</read_iops_sec><group_name>g</group_name></iotune></disk>';
  function gateway(): TestGateway {
    const gate = fleet();
    const { xml } = gate.views.domains.get({ uuid: uuidOf(1) })!.value;
    gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { xml: xml.replace('</disk>', limited) }));
    return gate;
  }
  const get = (number: number, more: object = {}) =>
    gateway().call(remote.domain_get_block_io_tune, { dom: handle(number), disk: 'vda', nparams: 20, flags: 6, ...more });
  const set = (params: readonly object[], more: object = {}) => {
    const gate = gateway();
    gate.reply = () => ({ uuid: uuidOf(1), name: 'd1' });
    const done = gate.call(remote.domain_set_block_io_tune, { dom: handle(1), disk: 'vda', params, flags: 1, ...more } as never);
    return { gate, done };
  };
  const ullong = (field: string, value: bigint) => ({ field, value: { type: 'ullong', value } });

  test('is told with all that there could be, in the order of libvirt', async () => {
    const found = values(await get(1));
    expect(Object.keys(found)).toHaveLength(20);
    expect(found).toMatchObject({ total_bytes_sec: 1_000_000n, read_bytes_sec: 0n, read_iops_sec: 100n, group_name: 'g' });
    expect(Object.keys(found).slice(12, 15)).toEqual(['size_iops_sec', 'group_name', 'total_bytes_sec_max_length']);
  });

  test('clients that take no strings get none, and are told of as many', async () => {
    expect(await get(1, { nparams: 0, flags: 2, disk: undefined })).toEqual({ params: [], nparams: 19 });
    expect(values(await get(1, { flags: 2 }))).not.toHaveProperty('group_name');
  });

  test.each([
    ['both at once', 1, { flags: 7, nparams: 0 }, /mutually exclusive/],
    ['of one that is off', 2, { flags: 1 }, /domain is not running/],
    ['of a disk that there is not', 1, { disk: 'vdz' }, "invalid argument: disk 'vdz' was not found in the domain config"],
    ['of a disk that does not run', 3, { flags: 0 }, "invalid argument: disk 'vda' not found in domain"],
  ])('is not told %s', (_, number, more, words) => expect(get(number, more)).rejects.toThrow(words));

  test('is changed as it is said', async () => {
    const { gate, done } = set([ullong('total_bytes_sec', 5n), { field: 'group_name', value: { type: 'string', value: 'h' } }], {
      flags: 3,
    });
    await done;
    expect(gate.sent.at(-1)).toMatchObject({
      payload: { domain: uuidOf(1), tuning: { disk: 'vda', limits: { totalBytesSec: 5, groupName: 'h' } }, live: true, config: true },
    });
  });

  test.each([
    ['a word that libvirt does not know', [ullong('frob', 1n)], "invalid argument: parameter 'frob' not supported"],
    [
      'twice',
      [ullong('total_bytes_sec', 1n), ullong('total_bytes_sec', 1n)],
      "invalid argument: parameter 'total_bytes_sec' occurs multiple times",
    ],
    [
      'a string',
      [{ field: 'total_bytes_sec', value: { type: 'string', value: '1' } }],
      /invalid type 'string' for parameter 'total_bytes_sec'/,
    ],
    [
      'more than QEMU counts',
      [ullong('total_iops_sec', 9_000_000_000_000_000n)],
      'argument unsupported: block I/O throttle limit value must be no more than 1000000000000000',
    ],
    ['more than any number', [ullong('total_iops_sec', 2n ** 64n - 1n)], /must be no more than/],
  ])('is refused: %s', async (_, params, words) => {
    const { gate, done } = set(params);
    await expect(done).rejects.toThrow(words);
    expect(gate.sent).toEqual([]);
  });
});

describe('where threads run is changed', () => {
  const cpumap = Buffer.of(0b0000_0101, 0b1);
  const calls = [
    [remote.domain_pin_vcpu, { vcpu: 1, cpumap }, { pin: { vcpu: 1, cpuset: '0,2,8' }, live: true }],
    [remote.domain_pin_vcpu_flags, { vcpu: 0, cpumap, flags: 3 }, { pin: { vcpu: 0, cpuset: '0,2,8' }, live: true, config: true }],
    [remote.domain_pin_emulator, { cpumap, flags: 2 }, { pin: { cpuset: '0,2,8' }, config: true }],
  ] as const;
  test.each(calls)('by procedure $number', async (procedure, args, payload) => {
    const gate = fleet();
    gate.reply = () => ({ uuid: uuidOf(1), name: 'd1' });
    await gate.call(procedure as never, { dom: handle(1), ...args } as never);
    expect(gate.sent.at(-1)?.payload).toEqual({ domain: uuidOf(1), ...payload });
  });
});
