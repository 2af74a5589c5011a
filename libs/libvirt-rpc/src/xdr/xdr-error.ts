/** Bytes that are not what the table says, or a value that it has no room for. The connection they came by is still in step. */
export class XdrError extends Error {
  override readonly name = 'XdrError';
}
