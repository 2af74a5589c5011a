import { join } from 'node:path';

export interface Places {
  readonly config: string;
  readonly store: string;
  readonly log: string;
  readonly pid: string;
  /** The folder where the server says on which ports it listens. */
  readonly ports: string;
}

export const placesIn = (directory: string): Places => ({
  config: join(directory, 'nats-server.conf'),
  store: join(directory, 'store'),
  log: join(directory, 'nats-server.log'),
  pid: join(directory, 'nats-server.pid'),
  ports: directory,
});

interface ConfigOptions {
  readonly places: Places;
  /** 0 for any free one. */
  readonly port: number;
  readonly syncAlways: boolean;
}

const quoted = (text: string): string => JSON.stringify(text);

/** For one machine: nobody outside reaches it, and what it acknowledges is on the disk. */
export function configText({ places, port, syncAlways }: ConfigOptions): string {
  return `# Written by virtbus at each start.
server_name: virtbus
host: 127.0.0.1
port: ${port === 0 ? -1 : port}
pid_file: ${quoted(places.pid)}
ports_file_dir: ${quoted(places.ports)}
log_file: ${quoted(places.log)}
logfile_size_limit: 10MB
# One XML document of 1 MiB whose every byte JSON escapes, and an envelope.
max_payload: 4MB
jetstream {
  store_dir: ${quoted(places.store)}
  max_memory_store: 64MB
  max_file_store: 8GB
${syncAlways ? '  sync_interval: always\n' : ''}}
`;
}
