import { describe, expect, test } from 'vitest';
import { hostFacts, type AgentIdentity, type HostFacts } from '@virtbus/contracts';
import { Heartbeat } from './heartbeat.js';
import { HostRecord, Overtaken, type At, type Records } from './host-record.js';

const devices = { links: ['eth0'], physicalFunctions: [] };
const { agent: _agent, devices: _devices, ...facts } = hostFacts.example;
const mine: AgentIdentity = { home: 'here', instance: 'one' };
const theirs: AgentIdentity = { home: 'elsewhere', instance: 'two' };

/** A record as JetStream keeps it. */
class Kept implements Records {
  held: At | undefined;
  private last = 0;

  read(): Promise<At | undefined> {
    return Promise.resolve(this.held);
  }

  write(value: HostFacts, revision: number | undefined): Promise<number | undefined> {
    if (this.held?.revision !== revision) return Promise.resolve(undefined);
    return Promise.resolve(this.put(value));
  }

  lose(): void {
    this.held = undefined;
  }

  put(value: HostFacts): number {
    this.last += 1;
    this.held = { value, revision: this.last };
    return this.last;
  }
}

const warnings: string[] = [];
const claimBy = (records: Kept, agent: AgentIdentity, pause: () => void = () => undefined): Promise<HostRecord> =>
  HostRecord.claim(records, {
    facts,
    agent,
    log: { warn: (words) => void warnings.push(words) },
    pause: (ms) => Promise.resolve(pause()).then(() => void (waited += ms)),
  });
let waited = 0;

describe('a host is spoken for by', () => {
  test.each<[string, Partial<HostFacts> | undefined, number]>([
    ['the first that there is, at once', undefined, 0],
    ['the next from the same home, at once', { agent: { home: 'here', instance: 'before' } }, 0],
    ['another one after a good-bye, at once', { agent: theirs, leftAt: '2026-11-28T00:00:00Z' }, 0],
    ['another one that has listened for more than two beats, and heard nothing', { agent: theirs }, 11_000],
    ['another one than an agent that does not say who it is, likewise', {}, 11_000],
  ])('%s', async (_, before, expected) => {
    const records = new Kept();
    if (before) records.put({ ...facts, devices, ...before });
    waited = 0;
    await claimBy(records, mine);
    expect(records.held?.value.agent).toEqual(mine);
    expect(records.held?.value.devices).toEqual(before ? devices : undefined);
    expect(records.held?.value.leftAt).toBeUndefined();
    expect(waited).toBe(expected);
  });

  test('nobody else while it is heard, whatever else is changed', async () => {
    const records = new Kept();
    records.put({ ...facts, hostname: 'the-other', agent: theirs });
    let looks = 0;
    const beats = (): void => void (++looks === 7 && records.put({ ...facts, hostname: 'the-other', agent: theirs, beat: 13 }));
    await expect(claimBy(records, mine, beats)).rejects.toThrow(
      /another host-agent, on the-other since .* speaks for host .*VIRTBUS_HOST_ID/,
    );
    expect(records.held?.value.agent).toEqual(theirs);
    expect(warnings.at(-1)).toContain('listening');
  });

  test('one of two that ask at once', async () => {
    const records = new Kept();
    records.put({ ...facts, agent: { home: 'lost', instance: 'zero' } });
    const claims = await Promise.allSettled([
      claimBy(records, mine),
      claimBy(records, theirs, () => {
        // The quicker one beats while the other listens.
        const { held } = records;
        if (held?.value.agent?.home === 'here') records.put({ ...held.value, beat: held.value.beat + 1 });
      }),
    ]);
    expect(claims.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(records.held?.value.agent).toEqual(mine);
  });
});

describe('the heartbeat', () => {
  const beating = async (records: Kept) => {
    const overtaken: Overtaken[] = [];
    const lost: string[] = [];
    const heartbeat = new Heartbeat({
      record: await claimBy(records, mine),
      facts,
      devices: () => devices,
      isConnected: () => true,
      onLost: () => void lost.push('all'),
      onOvertaken: (error) => void overtaken.push(error),
      log: { log: () => undefined, warn: (words) => void warnings.push(words), error: () => undefined },
    });
    await heartbeat.start();
    return { heartbeat, overtaken, lost };
  };

  test('goes on when its record was lost, which is said once, and says good-bye', async () => {
    const records = new Kept();
    const { heartbeat, overtaken, lost } = await beating(records);
    records.lose();
    heartbeat.now();
    heartbeat.now();
    await expect.poll(() => records.held?.value.beat).toBe(2);
    await heartbeat.stop();
    expect(records.held?.value).toMatchObject({ agent: mine, beat: 3, leftAt: expect.any(String) });
    expect([overtaken, lost]).toEqual([[], ['all']]);
  });

  test('ends, without a good-bye, when another one speaks for the host', async () => {
    const records = new Kept();
    const { heartbeat, overtaken } = await beating(records);
    records.put({ ...facts, hostname: 'the-other', agent: theirs });
    heartbeat.now();
    await expect.poll(() => overtaken.length).toBe(1);
    expect(overtaken[0]?.message).toContain('on the-other');
    await heartbeat.stop();
    expect(records.held?.value).toMatchObject({ agent: theirs });
    expect(records.held?.value.leftAt).toBeUndefined();
  });
});
