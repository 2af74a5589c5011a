import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FleetPlace } from './index.js';
import { Supervisor } from './supervisor.js';

export const services = ['api', 'scheduler', 'netd', 'host-agent'] as const;

/** The bundle of a service when there is one: it starts quicker and is smaller. */
function programOf(service: string): string {
  const main = fileURLToPath(import.meta.resolve(`@virtbus/${service}/main`));
  const bundle = main.replace(/main\.js$/, 'main.bundle.mjs');
  return existsSync(bundle) ? bundle : main;
}

/** One process per service. A service that ends is started again. */
export async function runSeparately({ stateDir, url, hostId, netns, output, log }: FleetPlace) {
  const supervisor = new Supervisor((message, fields) => log.warn(fields ? `${message} ${JSON.stringify(fields)}` : message), output);
  for (const name of services) {
    const environment = { VIRTBUS_NATS_URL: url, VIRTBUS_STATE_DIR: stateDir, VIRTBUS_HOST_ID: hostId, VIRTBUS_NETNS: netns };
    supervisor.add({ name, command: process.execPath, args: [programOf(name)], environment });
  }
  return { pidOf: (program: string) => supervisor.pidOf(program), stop: () => supervisor.stop() };
}
