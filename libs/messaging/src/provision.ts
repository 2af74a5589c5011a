/**
 * Makes the streams and buckets what the contracts say. Every service does so when it starts, all at the same time: adding what
 * is there already with the same shape is no error, and the last of two different versions wins.
 */
import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { contracts, streams, wildcardOf, type StreamShape } from '@virtbus/contracts';
import type { Link } from './link.js';
import { mayPass } from './passing.js';
import { backOffMs, sleep } from './wait.js';

type Shape = Partial<StreamConfig> & { readonly name: string };

/** "stream name already in use with a different configuration". */
const OTHER_SHAPE = 10058;
/** "subjects overlap with an existing stream": also said of a stream that another service is about to make just now. */
const OVERLAP = 10065;
const OVERLAP_ATTEMPTS = 8;
const isOverlap = (cause: unknown): boolean => cause instanceof JetStreamApiError && cause.code === OVERLAP;
/** How long a second write with the same message id is recognised in a bucket. NATS's own default. */
const BUCKET_DUPLICATES_MS = 120_000;

const common = (replicas: number) => ({ storage: StorageType.File, num_replicas: replicas });

const streamShape = (stream: StreamShape, replicas: number): Shape => ({
  ...common(replicas),
  name: stream.name,
  subjects: subjectsOf(stream),
  retention: stream.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
  // A command is refused when the queue is full; the oldest event goes when the shelf is.
  discard: stream.retention === 'workqueue' ? DiscardPolicy.New : DiscardPolicy.Old,
  max_age: nanos(stream.maxAgeMs),
  max_bytes: stream.maxBytes,
  duplicate_window: nanos(stream.duplicateWindowMs),
});

/**
 * The queue takes only commands that somebody settles: a producer that misspells a subject is told at once that no stream has
 * it, and does not wait for an outcome that never comes. A host's own consumer refuses what it does not know, and its filter
 * must lie within one subject of the stream (nats-server 2.9).
 */
const subjectsOf = ({ name, subjects }: StreamShape): string[] =>
  name === streams.commands.name ? commandSubjects.filter((subject) => !subject.includes('*')) : [...subjects];

const commandSubjects = contracts.flatMap((contract) => (contract.kind === 'command' ? [wildcardOf<string>(contract)] : []));

export const bucketStream = (bucket: string): string => `KV_${bucket}`;
export const bucketPrefix = (bucket: string): string => `$KV.${bucket}.`;

/** A key-value bucket is a stream of this shape (NATS ADR-8), so every NATS tool reads ours. */
const bucketShape = (bucket: string, replicas: number): Shape => ({
  ...common(replicas),
  name: bucketStream(bucket),
  subjects: [`${bucketPrefix(bucket)}>`],
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_msgs_per_subject: 1,
  allow_rollup_hdrs: true,
  deny_delete: true,
  allow_direct: true,
  duplicate_window: nanos(BUCKET_DUPLICATES_MS),
});

export const shapes = (replicas: number): Shape[] => [
  ...Object.values(streams).map((stream) => streamShape(stream, replicas)),
  ...contracts.flatMap((contract) => (contract.kind === 'bucket' ? [bucketShape(contract.bucket, replicas)] : [])),
];

/** Waits until JetStream answers. @throws when a shape cannot be had, or the signal is aborted. */
export async function provision(link: Link, replicas: number, signal?: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await ensureStreams(link, replicas);
      return;
    } catch (cause) {
      if (!mayPass(cause) && !(isOverlap(cause) && attempt < OVERLAP_ATTEMPTS))
        throw new Error(`the streams could not be set up: ${String(cause)}`, { cause });
      if (attempt % 10 === 4) link.log.warn(`waiting for JetStream at ${link.nc.getServer()} (${String(cause)})`);
    }
    await sleep(backOffMs(attempt, 50, 1_000), signal);
  }
}

/** One attempt. */
export async function ensureStreams(link: Link, replicas: number): Promise<void> {
  await Promise.all(shapes(replicas).map((shape) => ensureStream(link, shape)));
}

async function ensureStream(link: Link, shape: Shape): Promise<void> {
  try {
    await link.jsm.streams.add(shape);
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError) || cause.code !== OTHER_SHAPE) throw cause;
    await reshape(link, shape);
  }
}

/**
 * Takes nothing away. One service that was started without the setting must not make the fleet's streams fragile, and one of an
 * older version must not take the subjects of a newer one from their stream.
 */
async function reshape(link: Link, shape: Shape): Promise<void> {
  const { config } = await link.jsm.streams.info(shape.name);
  const subjects = [...new Set([...config.subjects, ...(shape.subjects ?? [])])];
  const replicas = Math.max(config.num_replicas, shape.num_replicas ?? 1);
  await link.jsm.streams.update(shape.name, { ...shape, subjects, num_replicas: replicas });
}
