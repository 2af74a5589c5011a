import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's names: the second has no windows, and is a third of the first. */
const names = ['chromium', 'chromium-headless-shell'];

/** Where a browser is that can be driven; undefined when there is none. */
export function browserPath(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).flatMap((place) => names.map((name) => join(place, name)));
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
