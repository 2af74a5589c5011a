/** Where a file stands: what it may import hangs on it. Paths are from the repository's root. */

export const isTest = (path: string): boolean => /\.test\.ts$|\/bench\/|^libs\/testing\//.test(path);

/** The part of a core's path that names the core: `services/netd/src/core/`. Null outside of cores. */
export const coreOf = (path: string): string | null => /^.*?\/core\//.exec(path)?.[0] ?? null;

/** A program's first file: it may read the environment on behalf of a pure library. */
const isEntry = (path: string): boolean => /(?:^|[/-])main\.ts$/.test(path);

export interface Confined {
  readonly packages: RegExp;
  readonly allowed: (path: string) => boolean;
  readonly why: string;
}

const inFolder =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(folder));

/** Packages that stay in one place. Tests may use them anywhere. */
export const confined: readonly Confined[] = [
  {
    packages: /^@nestjs\//,
    allowed: (path) => /\.(?:handlers|module)\.ts$/.test(path) || isEntry(path) || inFolder('apps/', 'libs/messaging/')(path),
    why: 'Nest stays in handlers, modules, main.ts, apps and libs/messaging',
  },
  { packages: /^@nats-io\//, allowed: inFolder('libs/messaging/'), why: 'NATS stays in libs/messaging' },
  {
    packages: /^@opentelemetry\//,
    allowed: inFolder('libs/telemetry/', 'libs/messaging/'),
    why: 'OpenTelemetry stays in libs/telemetry and libs/messaging',
  },
  { packages: /^koffi$/, allowed: inFolder('libs/libc/'), why: 'foreign functions stay in libs/libc' },
  {
    packages: /^node:/,
    allowed: (path) => isEntry(path) || !inFolder('libs/contracts/', 'libs/libvirt-xml/', 'libs/qemu-argv/')(path),
    why: 'value and contract libraries reach nothing outside the process',
  },
];
