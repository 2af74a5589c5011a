import { afterEach, expect, test, vi } from 'vitest';
import { Supervisor, type Program } from './supervisor.js';

const forever: Program = { name: 'sleeper', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e9)'], environment: {} };
let supervisor: Supervisor | undefined;
afterEach(() => supervisor?.stop());

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a program that is killed is started again; one that is stopped is not', async () => {
  const lines: string[] = [];
  supervisor = new Supervisor((message) => lines.push(message));
  supervisor.add(forever);
  const first = supervisor.pidOf('sleeper') ?? 0;
  process.kill(first, 'SIGKILL');
  await vi.waitFor(() => expect(supervisor?.pidOf('sleeper')).not.toBe(first), 5_000);
  const second = supervisor.pidOf('sleeper') ?? 0;
  expect(supervisor.restartsOf('sleeper')).toBe(1);
  await supervisor.stop();
  expect([alive(second), lines]).toEqual([false, ['sleeper ended; it is started again']]);
});

test('a program that cannot be started is said, and stopping still ends', async () => {
  const lines: string[] = [];
  supervisor = new Supervisor((message) => lines.push(message));
  supervisor.add({ ...forever, name: 'ghost', command: '/nonexistent/ghost' });
  await vi.waitFor(() => expect(lines).toContain('ghost cannot be started'), 5_000);
  await supervisor.stop();
});

test('a program that ends at once is started ever more rarely', async () => {
  supervisor = new Supervisor(() => undefined);
  supervisor.add({ ...forever, name: 'quick', args: ['-e', ''] });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(supervisor.restartsOf('quick')).toBeGreaterThan(1);
  expect(supervisor.restartsOf('quick')).toBeLessThan(6);
});
