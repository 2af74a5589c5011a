import type { PageQuestion } from '@virtbus/contracts';

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

/** All that is in a list which comes in pages. */
export async function everyPage<T>(ask: (page: PageQuestion) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await ask(after === undefined ? {} : { after });
    all.push(...items);
    after = next;
  } while (after !== undefined);
  return all;
}
