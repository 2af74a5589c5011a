import { volumeSize } from './core/sizes.js';
import { Failure } from './failure.js';

export const sizeHelp = 'bytes, or with a unit: 10G';

/** Bytes. @throws Failure in virsh's words */
export function bytesOf(text: string): number {
  const size = volumeSize(text);
  if ('bytes' in size) return size.bytes;
  throw new Failure([`Malformed size ${text}`, ...(size.why === undefined ? [] : [size.why])], 'usage');
}
