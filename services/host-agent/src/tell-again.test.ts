import { expect, test } from 'vitest';
import { tellAgain } from './tell-again.js';
import { order, TestWorld, uuid } from './test-world.js';

test('a bus that has lost everything learns what runs here, and nothing has happened', async () => {
  const world = new TestWorld();
  await world.runner.start(order({ epoch: 3 }), 'one');
  await world.runner.perform('suspend', { uuid, name: 'demo', epoch: 3 });
  world.states.length = 0;
  world.told.length = 0;
  await tellAgain(world.runner, world.log);
  expect(world.states).toMatchObject([{ uuid, state: 'paused', reason: 'user', epoch: 3, hostId: 'host-a', id: 17, pid: 101 }]);
  expect([world.told, world.warned]).toEqual([[], ['the bus has lost what this host has told: its 1 guests are told of again']]);
});

test('what has ended is not told of', async () => {
  const world = new TestWorld();
  await world.runner.start(order(), 'one');
  await world.runner.perform('destroy', { uuid, name: 'demo', epoch: 1 });
  world.states.length = 0;
  await tellAgain(world.runner, world.log);
  expect(world.states).toEqual([]);
});
