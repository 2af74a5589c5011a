import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestListening } from '@virtbus/api';
import { hostFacts, listHosts } from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import type { FleetPlace } from './index.js';
import { Supervisor } from './supervisor.js';
import { addressText } from './rest-address.js';

const READY_MS = 30_000;
const READY_PAUSE_MS = 20;

/**
 * A service is small and long-lived: memory counts more than the last per cent of speed. V8's --optimize-for-size would save a MiB more,
 * and look through the whole heap for every few MiB of bytes that pass.
 */
export const nodeFlags = ['--max-semi-space-size=1'] as const;

export const services = ['api', 'scheduler', 'netd', 'host-agent'] as const;

/** The bundle of a service when there is one: it starts quicker and is smaller. */
function programOf(service: string): string {
  const built = join(dirname(fileURLToPath(import.meta.resolve(`@virtbus/${service}/main`))), '../dist');
  const bundle = join(built, 'main.bundle.mjs');
  return existsSync(bundle) ? bundle : join(built, 'main.js');
}

/** One process per service. A service that ends is started again. Answers once the host has said that it takes orders. */
export async function runSeparately({ stateDir, url, rest, hostId, netns, output, log }: FleetPlace) {
  const startedAt = new Date().toISOString();
  const supervisor = new Supervisor((message, fields) => log.warn(fields ? `${message} ${JSON.stringify(fields)}` : message), output);
  const { tcp } = rest;
  for (const name of services) {
    const environment = {
      VIRTBUS_NATS_URL: url,
      VIRTBUS_REST_LISTEN: tcp ? addressText(tcp) : '',
      VIRTBUS_REST_FD: '',
      VIRTBUS_STATE_DIR: stateDir,
      VIRTBUS_HOST_ID: hostId,
      VIRTBUS_NETNS: netns,
    };
    const firstHas = name === 'api' && tcp?.fd !== undefined ? { fd: tcp.fd, environment: { VIRTBUS_REST_FD: '3' } } : undefined;
    supervisor.add({ name, command: process.execPath, args: [...nodeFlags, programOf(name)], environment, firstHas });
  }
  await hostReports(url, stateDir, startedAt).catch(async (error: unknown) => {
    await supervisor.stop();
    throw error;
  });
  return {
    rest: restAddresses(rest),
    rpc: join(stateDir, 'libvirt-sock'),
    pidOf: (program: string) => supervisor.pidOf(program),
    stop: () => supervisor.stop(),
  };
}

/** Where a gateway that has been told so is found. */
function restAddresses({ socket, tcp, tls }: RestListening): string[] {
  return [...(socket === undefined ? [] : [`unix:${socket}`]), ...(tcp ? [`${tls ? 'https' : 'http'}://${addressText(tcp)}`] : [])];
}

/** The host-agent's first heartbeat, and an api that answers. */
async function hostReports(url: string, stateDir: string, since: string): Promise<void> {
  const bus = await Bus.connect({ servers: url, name: 'virtbus up', owner: 'client' });
  const giveUpAt = performance.now() + READY_MS;
  try {
    while (!(await reported(bus, stateDir, since))) {
      if (performance.now() > giveUpAt) throw new Error(`the services were not ready within ${READY_MS / 1000} s; their output says why`);
      await sleep(READY_PAUSE_MS);
    }
  } finally {
    await bus.drain();
  }
}

async function reported(bus: Bus, stateDir: string, since: string): Promise<boolean> {
  const hostId = await readFile(join(stateDir, 'host-id'), 'utf8').catch(() => '');
  const facts = hostId === '' ? undefined : await bus.bucket(hostFacts).get({ hostId: hostId.trim() });
  if (!facts || facts.value.startedAt < since) return false;
  return bus.request(listHosts, {}, { timeoutMs: 500 }).then(
    () => true,
    () => false,
  );
}
