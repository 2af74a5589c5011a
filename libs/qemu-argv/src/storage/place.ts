import type { Disk } from '../domain-parts.js';

/** Where bytes are: the type and the source of a disk or of one of its backing images. */
export type StoragePlace = PlaceOf<Disk>;

type PlaceOf<D> = D extends { readonly type: infer T; readonly source?: infer S } ? { readonly type: T; readonly source?: S } : never;

export type PlaceOfType<T extends StoragePlace['type']> = Extract<StoragePlace, { readonly type: T }>;
export type NetworkSource = NonNullable<PlaceOfType<'network'>['source']>;
export type Encryption = NonNullable<Disk['encryption']>;
