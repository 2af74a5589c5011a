import { expect, test } from 'vitest';
import { commentsOf } from './comments.js';

const source = `import { Type } from 'class-transformer';

/** Not about a class. */
const port = {};

/** One direction of traffic.
 * In kilobytes. */
export class Rate {
  @IsInt() readonly average!: number;
  /** When it began. RFC 3339. */
  @IsOptional() @IsString() readonly since?: string;
  /**
   * Over
   * two lines.
   */
  @IsArray()
  @IsString({ each: true })
  readonly names!: string[];
}

export class Done {}

/** Empty. */
export class Nothing {}

export class Sub extends Rate {
  @IsString() readonly plain!: string;
}
`;

test('comments are found above classes and fields, and nowhere else', () =>
  expect(Object.fromEntries(commentsOf([source]))).toEqual({
    Rate: 'One direction of traffic. In kilobytes.',
    'Rate.since': 'When it began. RFC 3339.',
    'Rate.names': 'Over two lines.',
    Nothing: 'Empty.',
  }));
