import { Refusal, type ErrorCode, type ShutdownMode } from '@virtbus/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestWorld, codeOf, order, uuid } from '../test-world.js';
import { GoingDown } from './going-down.js';

const placed = { uuid, name: 'demo', epoch: 1 };
let world: TestWorld;
let asked: string[];
let answer: () => Promise<void>;
beforeEach(async () => {
  world = new TestWorld();
  await world.runner.start(order(), 'start');
  world.told.length = 0;
  asked = [];
  answer = async () => undefined;
});

const agents = {
  powerOff: (_: unknown, mode: string) => {
    asked.push(mode);
    return answer();
  },
};
const goesDown = (verb: 'shutdown' | 'reboot', mode?: ShutdownMode) =>
  new GoingDown(world.runner, agents).ask(verb, { ...placed, ...(mode && { mode }) });
const pressed = () => world.guest().executed.filter((command) => command === 'system_powerdown').length;
const failing = (code: ErrorCode) => () => Promise.reject(new Refusal(code, 'no'));

describe('is asked', () => {
  test.each<[string, 'shutdown' | 'reboot', ShutdownMode | undefined, string[], number]>([
    ['through its agent, unless the way is said', 'shutdown', undefined, ['powerdown'], 0],
    ['through its agent to start over', 'reboot', undefined, ['reboot'], 0],
    ['through its agent, as is said', 'shutdown', 'agent', ['powerdown'], 0],
    ['by its button, as is said', 'shutdown', 'acpi', [], 1],
  ])('%s', async (_, verb, mode, commands, presses) => {
    await goesDown(verb, mode);
    expect([asked, pressed()]).toEqual([commands, presses]);
  });

  test.each<ErrorCode>(['operation_unsupported', 'agent_unresponsive', 'operation_failed'])(
    'by its button when its agent fails with %s, unless only the agent was to be',
    async (code) => {
      answer = failing(code);
      await goesDown('shutdown');
      expect([asked, pressed()]).toEqual([['powerdown'], 1]);
      expect(await codeOf(goesDown('shutdown', 'agent'))).toBe(code);
      expect(pressed()).toBe(1);
    },
  );

  test('by nobody when something else is wrong', async () => {
    answer = () => Promise.reject(new TypeError('a bug'));
    await expect(goesDown('shutdown')).rejects.toThrow('a bug');
    answer = failing('stale_epoch');
    expect(await codeOf(goesDown('shutdown'))).toBe('stale_epoch');
    expect(pressed()).toBe(0);
  });
});

test('a guest whose processors are stopped has no agent, and a button for a reboot alone', async () => {
  await world.runner.perform('suspend', placed);
  expect(await codeOf(goesDown('shutdown'))).toBe('operation_invalid');
  expect(await codeOf(goesDown('reboot', 'agent'))).toBe('operation_invalid');
  await goesDown('reboot');
  expect([asked, pressed()]).toEqual([[], 1]);
});

test('a guest that goes down by its agent after its button was pressed in vain for a reboot ends', async () => {
  await goesDown('reboot', 'acpi');
  await goesDown('shutdown', 'agent');
  world.guest().tell('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
  await world.qemus.running.get(uuid)?.ended;
  await expect.poll(() => world.told).toContain('shutdown guest');
});

test('one that is still starting is waited for, and not taken for one that is over', async () => {
  await world.runner.perform('destroy', placed);
  const starts = world.runner.start(order({ epoch: 2 }), 'two');
  await new GoingDown(world.runner, agents).ask('shutdown', { ...placed, epoch: 2, mode: 'agent' });
  await starts;
  expect([asked, world.last().state]).toEqual([['powerdown'], 'running']);
});

test('one that is not here is reported as over once', async () => {
  await world.runner.perform('destroy', placed);
  world.told.length = 0;
  expect(await codeOf(goesDown('shutdown'))).toBe('operation_invalid');
  expect(world.told).toEqual(['stopped failed']);
});
