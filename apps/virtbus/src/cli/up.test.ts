import { expect, test, vi } from 'vitest';
import type { UpOptions } from '../up/index.js';
import { FakeCommandLine } from './fake/command-line.js';

const given = vi.hoisted((): object[] => []);
vi.mock('../up/index.js', () => {
  class NotStarted extends Error {}
  return {
    NotStarted,
    runUp: async (options: UpOptions) => {
      given.push(options);
      if (options.hostId === 'taken') throw new NotStarted('the port is taken');
      return 3;
    },
  };
});

test('up hands its options on, prints nothing of its own, and ends as the fleet did', async () => {
  const line = new FakeCommandLine();
  const words = ['up', '--state-dir', '/srv/v', '--nats-url=nats://a:1', '--host-id', 'host-b', '--separate', '--netns', 'lab'];
  expect(await line.answer(...words)).toEqual({ status: 3, out: '', err: '' });
  expect(given).toEqual([{ stateDir: '/srv/v', natsUrl: 'nats://a:1', hostId: 'host-b', separate: true, netns: 'lab' }]);
  expect(line.connections).toBe(0);
});

test('what keeps a fleet from starting is no crash', async () => {
  const line = new FakeCommandLine();
  expect(await line.answer('up', '--host-id', 'taken')).toEqual({
    status: 1,
    out: '\n',
    err: 'error: The fleet did not start\nerror: the port is taken\n',
  });
});
