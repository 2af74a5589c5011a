import type { Ability } from './abilities.ts';

export interface Stage {
  readonly name: string;
  readonly summary: string;
  /** Program and arguments, run in the repository's root with its programs first on the PATH. */
  readonly command: readonly string[];
  /** A suite of tests: its report is counted, and it takes patterns. Its files end so, before `.test.ts`. */
  readonly suite?: { readonly ending: string };
  /** What a stage needs that is no suite; a suite's files each have needs of their own. */
  readonly needs?: readonly Ability[];
  readonly limitMinutes: number;
}

const suite = (name: string, summary: string, ending: string, limitMinutes: number): Stage => ({
  name,
  summary,
  command: ['vitest', 'run', '--project', name],
  suite: { ending },
  limitMinutes,
});

/** Those of the bus's tests that take a server as they find it; the others start and kill servers of their own. */
const busOnAnyServer = ['buckets', 'commands', 'durable', 'order', 'services', 'traces'].map((name) => `libs/messaging/src/${name}.int`);
const busInContainers = ['vitest', 'run', '--project', 'int', ...busOnAnyServer];

/** In the order they run: what is quick and points at one line comes first. */
export const stages: readonly Stage[] = [
  { name: 'format', summary: 'every file is as oxfmt writes it', command: ['oxfmt', '--check'], limitMinutes: 1 },
  { name: 'lint', summary: 'sizes, purity, promises (.oxlintrc.json)', command: ['oxlint'], limitMinutes: 5 },
  { name: 'boundaries', summary: 'who may import whom', command: ['node', 'tools/boundaries/main.ts'], limitMinutes: 1 },
  { name: 'tree', summary: "no developer's paths, no registry hosts", command: ['node', 'tools/tree/main.ts'], limitMinutes: 1 },
  { name: 'commits', summary: 'subjects and bodies of all commits', command: ['node', 'tools/commit-lint/main.ts'], limitMinutes: 1 },
  { name: 'types', summary: 'the type check of sources, tests and tools', command: ['tsc', '-p', 'tsconfig.check.json'], limitMinutes: 5 },
  { name: 'build', summary: 'compiled code and bundles', command: ['tools/setup', 'build'], limitMinutes: 5 },
  { name: 'docs', summary: 'generated documents are fresh', command: ['node', 'tools/generate-docs.ts', '--check'], limitMinutes: 2 },
  suite('unit', 'tests of one process', '', 8),
  suite('int', 'tests against one real thing', '.int', 15),
  {
    name: 'containers',
    summary: 'the fleet under docker-compose, the bus against its image of nats-server',
    command: ['tools/with-docker', 'tools/compose-smoke', 'env', 'NATS_IMAGE=virtbus/nats:local', ...busInContainers],
    needs: ['docker'],
    limitMinutes: 15,
  },
  suite('e2e', 'tests of the whole fleet', '.e2e', 18),
];
