import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNatsServer } from '@virtbus/messaging';
import { endWithTest } from './end-with-test.js';

/** A nats-server with JetStream for one test file. */
export interface TestNats {
  readonly url: string;
  /** `external`: it was there before and stays; what it keeps is not this test's alone. */
  readonly kind: 'external' | 'container' | 'child';
  stop(): Promise<void>;
}

const DOCKER_SOCKET = '/var/run/docker.sock';
const DOCKER_ANSWERS_WITHIN_MS = 300;
const NATS_PORT = 4222;
const CONTAINER_CONFIG = '/virtbus.conf';

/**
 * The server at `$VIRTBUS_NATS_URL`, else a container of `$NATS_IMAGE` where a Docker engine answers, else a child process.
 * An image that was asked for must run.
 */
export async function startTestNats(): Promise<TestNats> {
  const url = process.env['VIRTBUS_NATS_URL'];
  if (url !== undefined && url !== '') return { url, kind: 'external', stop: async () => undefined };
  if (await dockerAnswers()) {
    try {
      return await startContainer();
    } catch (cause) {
      if (process.env['NATS_IMAGE'] !== undefined) throw cause;
      console.warn(`no container of nats-server (${String(cause)}): a child process takes its place`);
    }
  }
  return startChild();
}

/** A server of the test's own, as a child process, which it may kill. */
export async function startChild(): Promise<TestNats & { readonly pid: number; readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'virtbus-nats-'));
  const server = await startNatsServer({ directory });
  endWithTest(server.pid, directory);
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url: server.url, kind: 'child', pid: server.pid, directory, stop };
}

async function startContainer(): Promise<TestNats> {
  // Its reaper is an image of its own, which a machine without a registry cannot have.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(process.env['NATS_IMAGE'] ?? 'nats:2.10')
    .withExposedPorts(NATS_PORT)
    .withCopyContentToContainer([{ content: 'max_payload: 4MB\njetstream { store_dir: /data }\n', target: CONTAINER_CONFIG }])
    .withCommand(['-c', CONTAINER_CONFIG])
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .withStartupTimeout(20_000)
    .start();
  const url = `nats://${container.getHost()}:${container.getMappedPort(NATS_PORT)}`;
  return { url, kind: 'container', stop: async () => void (await container.stop()) };
}

/** Loading testcontainers takes longer than this question. */
function dockerAnswers(): Promise<boolean> {
  if (process.env['DOCKER_HOST'] !== undefined) return Promise.resolve(true);
  if (!existsSync(DOCKER_SOCKET)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const ping = request({ socketPath: DOCKER_SOCKET, path: '/_ping', timeout: DOCKER_ANSWERS_WITHIN_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy(new Error('no answer')));
    ping.once('error', () => resolve(false));
    ping.end();
  });
}
