import { createHash } from 'node:crypto';

/** A UUID that a name always has, on every gateway. */
export function uuidOfName(name: string): string {
  const hash = createHash('sha1').update(`virtbus:${name}`).digest();
  hash[6] = (hash.readUInt8(6) & 0x0f) | 0x50;
  hash[8] = (hash.readUInt8(8) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
