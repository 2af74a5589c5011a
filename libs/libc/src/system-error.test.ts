import { expect, test } from 'vitest';
import { SystemError, translated } from './system-error.js';

const thrower = (error: Error) => (): never => {
  throw error;
};

test('a failed call says which, about what and why', () => {
  const error = new SystemError('setns', 2, '/run/netns/blue');
  expect(error).toMatchObject({ code: 'ENOENT', errno: 2, syscall: 'setns', subject: '/run/netns/blue' });
  expect(error.message).toBe('setns /run/netns/blue: no such file or directory');
});

test("Node's own errors become SystemErrors with a positive errno", () => {
  const error = Object.assign(new Error('x'), { code: 'EEXIST', errno: -17, syscall: 'open', path: '/a' });
  expect(() => translated(thrower(error))).toThrow(
    expect.objectContaining({ name: 'SystemError', code: 'EEXIST', errno: 17, syscall: 'open', subject: '/a' }),
  );
});

test('an error that is not of the system passes unchanged', () => {
  const bug = new TypeError('bug');
  expect(() => translated(thrower(bug))).toThrow(bug);
});
