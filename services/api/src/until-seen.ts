import type { View } from '@virtbus/messaging';

/** A watch that is further behind than this is in trouble of its own; the answer is then as old as it is. */
const BEHIND_MS = 2_000;

type Key = Readonly<Record<string, string>>;

/** Waits until a view shows what is in its bucket already. */
export function until<P, K extends Key>(view: Pick<View<P, K>, 'onChange'>, is: () => boolean): Promise<void> {
  if (is()) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(late);
      end();
      resolve();
    };
    const end = view.onChange(() => {
      if (is()) settle();
    });
    const late = setTimeout(settle, BEHIND_MS);
  });
}
