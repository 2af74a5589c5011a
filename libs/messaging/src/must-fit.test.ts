import { Refusal } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import type { Link } from './link.js';
import { mustFit } from './must-fit.js';

const linkTo = (maxPayload: number | undefined): Link =>
  ({ nc: { info: maxPayload === undefined ? undefined : { max_payload: maxPayload } } }) as unknown as Link;
const MiB = 1024 * 1024;

test.each<[string, number | undefined, number, boolean]>([
  ['half of what the server takes', MiB, MiB / 2, true],
  ['as much as the server takes with its headers', MiB, MiB - 4_096, true],
  ['a byte more', MiB, MiB - 4_095, false],
  ['anything while it is not known', undefined, 100 * MiB, true],
])('a message of %s', (_, maxPayload, size, fits) => {
  const act = (): void => mustFit(linkTo(maxPayload), 'virtbus.v1.cmd.domain.define', new Uint8Array(size));
  if (fits) act();
  else expect(act).toThrow(Refusal);
});
