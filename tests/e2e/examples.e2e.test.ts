import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { destroyDomain, getDomain, listNetworks, undefineDomain } from '@virtbus/contracts';
import { commands, examples, languages, run, shellCommand, steps } from './example-programs.js';
import { guestFiles } from './guest-definitions.js';
import { killGuests } from './leftover-guests.js';
import { TestFleet } from './test-fleet.js';

let fleet: TestFleet;
let directory: string;
let domainXml: string;

beforeAll(async () => {
  fleet = await TestFleet.start();
  directory = await mkdtemp(join(tmpdir(), 'vbt-examples-'));
  domainXml = join(directory, 'domain.xml');
  const template = await readFile(join(examples, 'domain.xml'), 'utf8');
  await writeFile(domainXml, template.replaceAll('@GUEST@', dirname(guestFiles().kernel)));
}, 120_000);

afterAll(async () => {
  if (fleet) killGuests(fleet.stateDir);
  await fleet?.stop();
  if (directory) await rm(directory, { recursive: true });
});

const get = (domain: string) => fleet.bus.request(getDomain, { domain });
const alreadyRunning = 'error: Requested operation is not valid: domain is already running (operation_invalid)\n';
const destroy = async (): Promise<void> => {
  await fleet.bus.run(destroyDomain, { domain: 'example' });
  await vi.waitFor(async () => expect((await get('example')).hostId).toBeUndefined(), 5_000);
};

/** What a start says: kept, then placed and started among what else happens, then the outcome. */
const expectWholeStart = (out: string): void => {
  const start = out.slice(out.indexOf('virtbus.v1.cmd.domain.start'));
  expect(start).toMatch(/kept {5}VIRTBUS_COMMANDS \d+\n/);
  expect(start).toMatch(/event {4}virtbus\.v1\.evt\.domain\.[0-9a-f-]+\.placed\n/);
  expect(start).toMatch(/event {4}virtbus\.v1\.evt\.domain\.[0-9a-f-]+\.started\n/);
  expect(start).toMatch(/outcome {2}\{.*"name": ?"example".*\}\n$/);
};

describe.each(languages)('the %s example', (language) => {
  const example = (...args: string[]) => run([...commands[language](fleet.fleet.url), ...args]);

  test('defines a network and a domain, starts both, and says each step', async () => {
    const ended = await example('--network', join(examples, 'network.xml'), '--define', domainXml);
    expect([ended.status, ended.err]).toEqual([0, '']);
    expect(steps(ended.out).filter((step) => step === 'sent').length).toBe(4);
    expectWholeStart(ended.out);
    expect((await fleet.bus.request(listNetworks, {})).networks).toMatchObject([{ name: 'example', active: true }]);
    expect(await get('example')).toMatchObject({ state: 'running', interfaces: [{ alias: 'net0', source: 'example' }] });
  });

  test('fails with the words of the error', async () => {
    expect(await example('example')).toMatchObject({ status: 1, err: alreadyRunning });
    const unknown = await example('nobody');
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining("'nobody' (no_domain)")]);
  });

  test('starts a domain that is defined', async () => {
    await destroy();
    const ended = await example('example');
    expect([ended.status, ended.err]).toEqual([0, '']);
    expectWholeStart(ended.out);
    expect(await get('example')).toMatchObject({ state: 'running' });
    await destroy();
    await fleet.bus.run(undefineDomain, { domain: 'example' });
  });
});

test('the shell example starts a domain that is defined, and fails with the words of the error', async () => {
  expect((await run([...commands.node(fleet.fleet.url), '--define', domainXml])).status).toBe(0);
  expect(await run(shellCommand(fleet.fleet.url, 'example'))).toMatchObject({ status: 1, err: alreadyRunning });
  await destroy();
  const ended = await run(shellCommand(fleet.fleet.url, 'example'));
  expect(ended).toMatchObject({ status: 0, err: '' });
  expect(steps(ended.out)).toEqual(['sent', 'kept', 'outcome']);
  expect(await get('example')).toMatchObject({ state: 'running' });
  await destroy();
});
