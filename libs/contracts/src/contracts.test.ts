import { describe, expect, test } from 'vitest';
import { addressOf, check, contracts, decode, encode, errors, Refusal, streams, type Contract } from './index.js';
import { DefineDomain, StartPlacedDomain } from './index.js';

const SERVICES = ['api', 'scheduler', 'netd', 'host-agent'];
const named = contracts.map((contract) => [addressOf(contract), contract] as const);
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));
const refusalOf = (act: () => unknown): Refusal => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
};

test('the registry holds every kind', () => {
  expect(new Set(contracts.map((c) => c.kind))).toEqual(new Set(['request', 'command', 'event', 'signal', 'bucket']));
});

describe.each(named)('%s', (_, contract: Contract) => {
  test('its example decodes to itself', () => {
    expect(plain(decode(contract.payload, encode(contract.example)))).toEqual(plain(contract.example));
  });

  test('its reply example decodes to itself', () => {
    if ('replyExample' in contract)
      expect(plain(check(contract.reply, plain(contract.replyExample)))).toEqual(plain(contract.replyExample));
  });

  test('it has one owner, and only the bus publishes outcomes', () => {
    expect([...SERVICES, 'bus']).toContain(contract.owner);
    expect(contract.owner === 'bus').toBe(addressOf(contract).startsWith('virtbus.v1.evt.operation.'));
  });

  test('its subject is of its kind', () => {
    const shape = {
      request: /^virtbus\.v1\.(host\.\{hostId\}\.)?req\.[a-z]+\.[a-z]+$/,
      command: /^virtbus\.v1\.(host\.\{hostId\}\.)?cmd\.[a-z]+\.[a-z]+$/,
      event: /^virtbus\.v1\.evt\.[a-z]+\.\{\w+\}\.[a-z]+$/,
      signal: /^virtbus\.v1\.host\.\{hostId\}\.sig\.[a-z]+\.\{\w+\}\.[a-z]+$/,
      bucket: /^\{\w+\}(\.\{\w+\}){0,2}$/,
    };
    expect(contract.subject).toMatch(shape[contract.kind]);
  });
});

test('no subject and no bucket is declared twice: one writer per fact', () => {
  const addresses = contracts.map(addressOf);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test('every command and event lies in exactly one stream, and no request or signal in any', () => {
  const covers = (pattern: string, subject: string): boolean => {
    const parts = subject.split('.');
    return pattern.split('.').every((token, i) => token === '>' || token === parts[i] || (token === '*' && parts[i] !== undefined));
  };
  for (const contract of contracts) {
    if (contract.kind === 'bucket') continue;
    const holding = Object.values(streams).filter((stream) => stream.subjects.some((pattern) => covers(pattern, contract.subject)));
    expect(holding.length, contract.subject).toBe(contract.kind === 'request' || contract.kind === 'signal' ? 0 : 1);
  }
});

test('every error code that a contract names is in the table', () => {
  for (const contract of contracts) if ('errors' in contract) for (const code of contract.errors) expect(errors).toHaveProperty(code);
});

describe('a payload that does not fit', () => {
  const start = { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'demo', epoch: 1, xml: '<domain/>', id: 1, persistent: true };

  test.each<[string, unknown, string]>([
    ['names the field that is missing', { ...start, epoch: undefined }, 'epoch'],
    ['names the field of the wrong type', { ...start, persistent: 'yes' }, 'persistent'],
    ['names the field out of range', { ...start, id: 0 }, 'id'],
    ['refuses a UUID that is none', { ...start, uuid: 'demo' }, 'uuid'],
  ])('%s', (_, payload, path) => {
    expect(refusalOf(() => check(StartPlacedDomain, payload))).toMatchObject({ code: 'payload_invalid', path });
  });

  test('unknown fields are ignored', () => {
    expect(check(DefineDomain, { xml: '<domain/>', colour: 'red' })).toEqual({ xml: '<domain/>' });
  });

  test('what is not JSON is refused', () => {
    expect(refusalOf(() => decode(DefineDomain, Buffer.from('<domain/>')))).toMatchObject({ code: 'payload_invalid' });
  });

  test('a list is not a payload', () => {
    expect(refusalOf(() => decode(DefineDomain, Buffer.from('[]')))).toMatchObject({ code: 'payload_invalid' });
  });

  test('XML of one MiB is taken, one byte more is not', () => {
    const MiB = 1024 * 1024;
    expect(check(DefineDomain, { xml: 'x'.repeat(MiB) }).xml).toHaveLength(MiB);
    expect(refusalOf(() => check(DefineDomain, { xml: 'x'.repeat(MiB + 1) }))).toMatchObject({ code: 'payload_too_large', path: 'xml' });
  });

  test('bytes over the limit are refused before they are parsed', () => {
    expect(refusalOf(() => decode(DefineDomain, new Uint8Array(3 * 1024 * 1024)))).toMatchObject({ code: 'payload_too_large' });
  });
});
