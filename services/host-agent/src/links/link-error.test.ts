import { SystemError } from '@virtbus/libc';
import { describe, expect, test } from 'vitest';
import { LinkError, linkFaults, step, stepAsync } from './link-error.js';

const thrower = (error: Error) => (): never => {
  throw error;
};
const attempts: [string, (error: Error) => Promise<unknown>][] = [
  ['step', async (error) => step('attach vnet3 to virbr0', thrower(error))],
  ['stepAsync', (error) => stepAsync('attach vnet3 to virbr0', async () => thrower(error)())],
];

describe.each(attempts)('%s', (_, attempt) => {
  test.each([
    ['a system call', new SystemError('RTM_SETLINK', 19, 'vnet3'), 'RTM_SETLINK vnet3: no such device'],
    [
      "Node's own call",
      Object.assign(new Error('EACCES: permission denied'), { syscall: 'open', errno: -13 }),
      'EACCES: permission denied',
    ],
    ['a value out of range', new RangeError('no MAC'), 'no MAC'],
  ])('what %s refuses says what was being done', async (__, cause, words) => {
    await expect(attempt(cause)).rejects.toMatchObject({
      name: 'LinkError',
      code: 'system',
      message: `cannot attach vnet3 to virbr0: ${words}`,
      cause,
    });
  });

  test('a LinkError of an inner step passes as it is', async () => {
    const inner = new LinkError('tap_missing', 'there is no tap vnet3');
    await expect(attempt(inner)).rejects.toBe(inner);
  });

  test('a bug passes as it is', async () => {
    const bug = new TypeError('undefined is not a function');
    await expect(attempt(bug)).rejects.toBe(bug);
  });
});

test.each(Object.entries(linkFaults))('%s has its number of libvirt', (code, { libvirtCode }) => {
  expect(new LinkError(code as keyof typeof linkFaults, 'x').libvirtCode).toBe(libvirtCode);
});
