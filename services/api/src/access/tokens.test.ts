import { apiTokens, type TokenRecord } from '@virtbus/contracts';
import type { View } from '@virtbus/messaging';
import { expect, test } from 'vitest';
import { TokensView } from './tokens.js';

const record = { ...apiTokens.example, id: '5f2c9a7b1e3d4c60' } as TokenRecord;

/** A watch that hears of what is done when the test says so. */
function watched() {
  const listeners = new Set<(change: object) => void>();
  let held: TokenRecord | undefined;
  const view = {
    entries: () => [],
    get: () => held && { value: held, revision: 1 },
    onChange: (listener: (change: object) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } as unknown as View<TokenRecord, { readonly id: string }>;
  const hear = (now: TokenRecord | undefined): void => {
    held = now;
    for (const listener of listeners) listener({});
  };
  return { tokens: new TokensView(view), hear, listeners };
}

test.each<[string, boolean]>([
  ['made', true],
  ['ended', false],
])('a token that is %s is waited for until it is seen so', async (_, there) => {
  const { tokens, hear, listeners } = watched();
  if (!there) hear(record);
  const before = listeners.size;
  let seen = false;
  const waiting = tokens.untilSeen(record.id, there).then(() => (seen = true));
  await Promise.resolve();
  expect(seen).toBe(false);
  hear(there ? record : undefined);
  await waiting;
  expect(listeners.size).toBe(before);
  await tokens.untilSeen(record.id, there);
});
