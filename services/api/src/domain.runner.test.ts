import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type DomainRecord } from '@virtbus/contracts';
import { DomainRunner } from './domain.runner.js';
import { countingClock, MemoryNames, MemoryRecords } from './testing.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
let records: MemoryRecords<DomainRecord>;
let names: MemoryNames;
let active: Set<string>;
/** Under which name a start has placed the domain since it was last looked at. */
let startedAs: string | undefined;
let runner: DomainRunner;
beforeEach(() => {
  [records, names, active] = [new MemoryRecords(), new MemoryNames(), new Set()];
  startedAs = undefined;
  const fleet = { isActive: async (id: string) => active.has(id), startedAs: async () => startedAs, emulator: () => undefined };
  runner = new DomainRunner(records, names, fleet, countingClock());
});

const xml = (name: string, { id = '', type = 'qemu', memory = `<memory unit='MiB'>64</memory>` } = {}) =>
  `<domain type='${type}'><name>${name}</name>${id && `<uuid>${id}</uuid>`}${memory}<vcpu>2</vcpu><os><type>hvm</type></os></domain>`;
const only = (): DomainRecord => [...records.entries.values()][0]!.value;
const refusal = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? [thrown.code, thrown.libvirt, thrown.message] : thrown),
  );

describe('a definition that is there', () => {
  test.each<[string, Parameters<DomainRunner['define']>[1], string | undefined]>([
    ['is replaced at its revision', { revision: 1 }, undefined],
    ['is not replaced at another', { revision: 2 }, 'revision_conflict'],
    ['is not replaced by one that must be new', { revision: 0 }, 'revision_conflict'],
    ['is replaced by its own project', { project: 'blue' }, undefined],
    ['is not replaced by another project', { project: 'red' }, 'operation_failed'],
    ['keeps its project when none is named', {}, undefined],
  ])('%s', async (_, options, expected) => {
    await runner.define(xml('demo', { id: uuid }), { project: 'blue' });
    const answer = await refusal(runner.define(xml('demo', { id: uuid, memory: `<memory unit='MiB'>128</memory>` }), options));
    expect(Array.isArray(answer) ? answer[0] : undefined).toBe(expected);
    expect(only()).toMatchObject({ project: 'blue', demand: { memoryMiB: expected === undefined ? 128 : 64 } });
  });

  test('of nobody in particular is not taken by a project', async () => {
    await runner.define(xml('demo', { id: uuid }));
    expect(await refusal(runner.define(xml('demo', { id: uuid }), { project: 'blue' }))).toMatchObject([
      'operation_failed',
      9,
      expect.any(String),
    ]);
  });

  test('keeps what is wanted beside it, however it is changed', async () => {
    await runner.define(xml('demo', { id: uuid }));
    await runner.setAutostart('demo', true);
    await runner.setAgentTimeout('demo', 20);
    const wanted = { autostart: true, agentSeconds: 20 };
    await runner.define(xml('demo', { id: uuid }));
    expect(only()).toMatchObject(wanted);
    await runner.redefine('demo', (domain) => domain);
    expect(only()).toMatchObject(wanted);
    await runner.revise('demo', 'c1', (domain) => domain);
    expect(only()).toMatchObject(wanted);
    expect(await refusal(runner.setAgentTimeout('none', 5))).toMatchObject(['no_domain', 42, expect.any(String)]);
  });

  test('is forgotten at its revision only', async () => {
    await runner.define(xml('demo', { id: uuid }));
    expect(await refusal(runner.undefine('demo', 2))).toMatchObject(['revision_conflict', 55, expect.any(String)]);
    await runner.undefine('demo', 1);
    expect(records.entries.size).toBe(0);
  });
});

describe('a rename', () => {
  beforeEach(async () => {
    await runner.define(xml('demo', { id: uuid }), { project: 'blue' });
    await runner.define(xml('other'));
    await runner.setAutostart('demo', true);
  });

  test('keeps the domain, what it says and whose it is, and gives the old name back', async () => {
    const before = only();
    expect(await runner.rename('demo', 'sample', 'c1')).toEqual({ uuid, name: 'sample', before: 'demo' });
    const { revisedBy, ...after } = only();
    expect(after).toEqual({ ...before, name: 'sample', xml: before.xml.replace('<name>demo<', '<name>sample<') });
    expect(revisedBy).toEqual(['c1']);
    expect(names.held.get('sample')).toBe(uuid);
    expect(names.held.has('demo')).toBe(false);
  });

  test.each(['demo', uuid])('that is delivered again, by %s, is one', async (reference) => {
    await runner.rename(reference, 'sample', 'c1');
    expect(await runner.rename(reference, 'sample', 'c1')).toEqual({ uuid, name: 'sample' });
    expect(only().revisedBy).toEqual(['c1']);
    expect(await refusal(runner.rename('demo', 'sample', 'c2'))).toMatchObject(['no_domain', 42, expect.any(String)]);
  });

  test('that another change comes before is done upon that one, or gives the new name back', async () => {
    const write = records.write.bind(records);
    let before = async (): Promise<void> => runner.setAutostart('demo', false).then(() => undefined);
    records.write = async (record, revision) => {
      records.write = write;
      await before();
      return write(record, revision);
    };
    await runner.rename('demo', 'sample', 'c1');
    expect(only()).toMatchObject({ name: 'sample', autostart: false });
    before = async () => void active.add(uuid);
    records.write = async () => {
      records.write = write;
      await before();
      return false;
    };
    expect(await refusal(runner.rename('sample', 'third', 'c2'))).toEqual(['operation_invalid', 55, expect.stringContaining('active')]);
    expect([...names.held.keys()].toSorted()).toEqual(['other', 'sample']);
  });

  test.each<[string, string, string, number, string]>([
    ['to the name that it has', 'demo', 'operation_invalid', 55, "Can't rename domain to itself"],
    ['to a name that another has', 'other', 'operation_invalid', 55, "domain with name 'other' already exists"],
    ['to nothing', '', 'invalid_argument', 8, 'the new name is empty'],
    ['to what is no name', 'a/b', 'xml_error', 27, "name a/b cannot contain '/'"],
    ['to a name that is too long', 'n'.repeat(248), 'invalid_argument', 38, 'File name too long'],
  ])('%s is refused and takes no name', async (_, name, code, libvirt, words) => {
    const held = new Map(names.held);
    expect(await refusal(runner.rename('demo', name, 'c1'))).toEqual([code, libvirt, expect.stringContaining(words)]);
    expect(names.held).toEqual(held);
    expect(only().name).toBe('demo');
  });

  test('that a start comes before, with the old name, is taken back and refused', async () => {
    const before = only();
    startedAs = 'demo';
    expect(await refusal(runner.rename('demo', 'sample', 'c1'))).toEqual([
      'operation_invalid',
      55,
      expect.stringContaining('cannot rename active domain'),
    ]);
    expect(only()).toEqual({ ...before, revisedBy: [] });
    expect([...names.held.keys()].toSorted()).toEqual(['demo', 'other']);
  });

  test('that a start comes before, with the old name, leaves what another has changed meanwhile', async () => {
    startedAs = 'demo';
    const write = records.write.bind(records);
    records.write = async (record, revision) => {
      const written = await write(record, revision);
      records.write = async (back, at) => {
        records.write = write;
        await runner.setAutostart(uuid, false);
        return write(back, at);
      };
      return written;
    };
    expect(await refusal(runner.rename('demo', 'sample', 'c1'))).toMatchObject(['operation_invalid', 55, expect.any(String)]);
    expect(only()).toMatchObject({ name: 'demo', autostart: false });
  });

  test('that a start comes behind, with the new name, is done', async () => {
    startedAs = 'sample';
    expect(await runner.rename('demo', 'sample', 'c1')).toEqual({ uuid, name: 'sample', before: 'demo' });
  });

  test('of an active or a transient domain is refused', async () => {
    active.add(uuid);
    expect(await refusal(runner.rename('demo', 'demo', 'c1'))).toEqual(['operation_invalid', 55, expect.stringContaining('active')]);
    active.clear();
    const transient = await runner.defineTransient(xml('passing'), { uuid: '00000000-0000-0000-0000-0000000000aa', again: false });
    expect(await refusal(runner.rename(transient.uuid, 'sample', 'c1'))).toEqual([
      'operation_invalid',
      55,
      expect.stringContaining('cannot rename a transient domain'),
    ]);
  });
});

describe('define', () => {
  test('keeps the definition and what it asks of a host', async () => {
    expect(await runner.define(xml('demo'))).toMatchObject({ name: 'demo', detail: 'added' });
    expect(only()).toMatchObject({
      persistent: true,
      maxMemoryKiB: 65536,
      demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 64, vcpus: 2 },
    });
    expect(only().xml).toContain('<name>demo</name>');
  });

  test('again with its UUID replaces it', async () => {
    await runner.define(xml('demo', { id: uuid }));
    expect(await runner.define(xml('demo', { id: uuid }))).toMatchObject({ detail: 'updated' });
    expect(records.entries.size).toBe(1);
  });

  test.each<[string, string, [string, number, string]]>([
    ['a name that another domain has', xml('demo'), ['operation_failed', 9, expect.stringContaining(uuid)]],
    [
      'a UUID that another domain has',
      xml('other', { id: uuid }),
      ['operation_failed', 9, expect.stringContaining("'demo' is already defined")],
    ],
    ['a type that QEMU does not run', xml('other', { type: 'xen' }), ['config_unsupported', 67, expect.stringContaining("'xen'")]],
    ['a DOCTYPE', `<!DOCTYPE x>${xml('other')}`, ['xml_detail', 35, expect.stringContaining('document type')]],
    ['malformed XML', '<domain', ['xml_detail', 35, expect.any(String)]],
    ['XML of something else', '<network/>', ['xml_error', 27, expect.stringContaining('network')]],
  ])('refuses %s and keeps what there is', async (_, given, expected) => {
    await runner.define(xml('demo', { id: uuid }));
    expect(await refusal(runner.define(given))).toEqual(expected);
    expect(only().name).toBe('demo');
    expect(records.entries.size).toBe(1);
  });
});

test('what is refused takes no name: the next who asks has it', async () => {
  await expect(runner.define(xml('demo').replace("'qemu'", "'xen'"))).rejects.toMatchObject({ code: 'config_unsupported' });
  expect(names.held.size).toBe(0);
  await runner.define(xml('demo'));
});

describe('undefine', () => {
  test('forgets an inactive domain and its name', async () => {
    await runner.define(xml('demo'));
    await runner.undefine('demo');
    expect([records.entries.size, names.held.size]).toEqual([0, 0]);
  });

  test('makes an active one transient, so that it goes when it stops', async () => {
    await runner.define(xml('demo', { id: uuid }));
    active.add(uuid);
    await runner.undefine('demo');
    expect(only().persistent).toBe(false);
    await runner.stopped(uuid);
    expect([records.entries.size, names.held.size]).toEqual([0, 0]);
  });

  test('of what nobody defined is refused', async () => {
    expect(await refusal(runner.undefine('nope'))).toEqual(['no_domain', 42, "Domain not found: no domain with matching name 'nope'"]);
  });
});

describe('a transient domain', () => {
  test('takes the UUID that its command stands for', async () => {
    expect(await runner.defineTransient(xml('passing'), { uuid, again: false })).toMatchObject({ uuid, detail: 'added' });
    expect(only().persistent).toBe(false);
  });

  test('that runs is not defined a second time, but by its own command come again', async () => {
    await runner.defineTransient(xml('passing', { id: uuid }), { uuid, again: false });
    active.add(uuid);
    expect(await refusal(runner.defineTransient(xml('passing', { id: uuid }), { uuid, again: false }))).toEqual([
      'operation_invalid',
      55,
      expect.stringContaining('already active'),
    ]);
    expect(await runner.defineTransient(xml('passing', { id: uuid }), { uuid, again: true })).toMatchObject({ detail: 'updated' });
  });

  test('does not take the place of a persistent one, whose end does not touch it', async () => {
    await runner.define(xml('demo', { id: uuid }));
    expect(await refusal(runner.defineTransient(xml('demo', { id: uuid }), { uuid, again: false }))).toEqual([
      'operation_failed',
      9,
      expect.stringContaining('already exists'),
    ]);
    await runner.stopped(uuid);
    expect(records.entries.size).toBe(1);
  });
});
