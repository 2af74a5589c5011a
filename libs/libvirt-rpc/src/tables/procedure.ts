import { struct, type Codec, type Fields, type StructOf } from '../xdr/index.js';

/** Which way a procedure's stream carries data: to the client, or from it. A console's goes both ways and counts as read. */
export type StreamWay = 'read' | 'write';

export interface Procedure<A = unknown, R = unknown> {
  readonly kind: 'call';
  readonly number: number;
  readonly args: Codec<A>;
  readonly reply: Codec<R>;
  /** libvirt's access checks, each `object:permission`; a gateway's map of who may what. */
  readonly access: readonly string[];
  readonly stream?: StreamWay;
}

export interface EventMessage<M = unknown> {
  readonly kind: 'event';
  readonly number: number;
  readonly message: Codec<M>;
}

export type ArgsOf<P> = P extends { readonly args: Codec<infer A> } ? A : never;
export type ReplyOf<P> = P extends { readonly reply: Codec<infer R> } ? R : never;
export type MessageOf<E> = E extends { readonly message: Codec<infer M> } ? M : never;

/** A line of a table: number, fields of the arguments, fields of the reply, access checks, and the way of its stream. */
export function call<A extends Fields, R extends Fields>(
  ...[number, args, reply, access, stream]: readonly [number: number, args: A, reply: R, access: string, stream?: StreamWay]
): Procedure<StructOf<A>, StructOf<R>> {
  const checks = access === 'none' ? [] : access.split(' ');
  return { kind: 'call', number, args: struct(args), reply: struct(reply), access: checks, ...(stream ? { stream } : {}) };
}

export const event = <M extends Fields>(number: number, message: M): EventMessage<StructOf<M>> => ({
  kind: 'event',
  number,
  message: struct(message),
});
