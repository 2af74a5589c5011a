/** Lists that are asked about piece by piece: an answer about all of them would not fit into a message. */
export function* chunksOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
