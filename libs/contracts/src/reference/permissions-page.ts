import type { Contract, ServiceName } from '../contract.js';
import { fenced, page } from './markdown.js';
import { rightsOf, type Grant, type Rights } from './rights.js';

const services: readonly ServiceName[] = ['api', 'scheduler', 'netd', 'host-agent'];

const intro = `# Permissions

Generated from libs/contracts by its tests; \`npm run docs\` renews it.

What each service may publish and subscribe to, and no more, as nats-server's configuration has it. It follows from who owns what,
and from the table of what each service sends, asks, hears and reads (\`libs/contracts/src/reference/traffic-table.ts\`).

A host-agent speaks for its own host alone: put its id in the place of \`{hostId}\`. What it says of domains is not so bound, since
their subjects hold no host. \`STREAM.CREATE\`, \`INFO\` and \`UPDATE\` are there because every service makes the streams and buckets
what the contracts say when it starts.
`;

/** docs/generated/permissions.md */
export const permissionsPage = (contracts: readonly Contract[]): string =>
  page([
    intro,
    ...services.flatMap((service) => [`## ${service}`, '', ...fenced('', permissionsText(rightsOf(service, contracts))), '']),
    '## Whoever is no service of the fleet',
    '',
    'By their roles: [access.md](access.md#as-a-user-of-nats).',
  ]);

/** The `permissions` block of one user in nats-server's configuration. */
export function permissionsText({ publish, subscribe, answers }: Rights): string {
  return [
    'permissions {',
    ...side('publish', publish),
    ...side('subscribe', subscribe),
    ...(answers ? ['  allow_responses: true'] : []),
    '}',
  ].join('\n');
}

const side = (name: string, grants: readonly Grant[]): string[] => [
  `  ${name}: [`,
  ...grants.flatMap(({ why, subjects }) => [`    # ${why}`, ...subjects.map((subject) => `    ${JSON.stringify(subject)}`)]),
  '  ]',
];
