import { expect, test } from 'vitest';
import type { Keys } from '@virtbus/contracts';
import { qemuKeys } from './keycodes.js';

test.each<[string, Keys, number[]]>([
  ['Control-Alt-Delete', { keycodes: [29, 56, 111] }, [0x1d, 0x38, 0xd3]],
  ['F12 and the right Control', { codeset: 'linux', keycodes: [88, 97] }, [0x58, 0x9d]],
  ['what QEMU counts itself', { codeset: 'qnum', keycodes: [1, 0xd3] }, [1, 0xd3]],
  ['a, Enter and left Shift of a USB keyboard', { codeset: 'usb', keycodes: [4, 40, 0xe1] }, [30, 28, 42]],
])('%s', (_, keys, numbers) => expect(qemuKeys(keys)).toEqual(numbers));

test.each<[string, Keys, string]>([
  ['a key that the codeset does not have', { codeset: 'usb', keycodes: [0] }, 'cannot translate keycode 0 of usb codeset'],
  ['no key', { keycodes: [0] }, 'cannot translate keycode 0 of linux codeset'],
  ['a codeset without a table', { codeset: 'win32', keycodes: [65] }, "codeset 'win32' is not known here; known are linux, qnum, rfb, usb"],
])('%s is refused', (_, keys, words) => expect(() => qemuKeys(keys)).toThrow(words));
