import { knownSenderRights, permissionsText, senderRights, type Contract } from '@virtbus/contracts';
import { callsTable } from './calls-table.js';
import { elementRules } from './tenant-rules-table.js';
import { limitsTable } from './limits-table.js';
import { callOf, isOwned, roleFor, type Call } from './may-call.js';
import { grants, reaches, roles } from './identity.js';

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(head),
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map(row),
];

const intro = `# Who may do what

Generated from services/api/src/access by its tests; \`npm run docs\` renews it.

A credential stands for a role, for projects and for grants: ${roles.map((role) => `\`${role}\``).join(', ')} in rising order. It is the same for REST and
for libvirt's RPC, and for senders on NATS who have [subjects of their own](#a-known-sender). Whoever publishes the contracts' subjects there is asked by
nats-server alone, which knows roles ([below](#as-a-user-of-nats)) and no projects.

- A call is authorised first, then its size is limited, then it is parsed.
- An object of another project is answered as one that does not exist.
- A domain is plugged into networks that its own project sees, whatever else whoever defines it does.
- Whoever is bound to projects changes only what belongs to them. The fleet's own networks may be seen and plugged into by all,
  its own secrets by none of them.
- A definition of anybody but an administrator of all projects is held against the tenant profile below, before anything is made of it.
- Each change is told as [\`evt.audit\`](messages.md#evt-audit-asked) before it is sent, and so is one that is forbidden, and a credential that is refused.
  What came of it is the outcome under the same id, also of what is no command: a console or a screen, the bytes of a volume, the value of a secret.

## Calls
`;

const callRow = (call: Call, name: string, summary: string): string[] => [
  `\`${name}\``,
  roleFor(call),
  isOwned(call.resource) ? 'yes' : '',
  summary,
];

const bareWords: Readonly<Record<string, string>> = {
  'domain guestagent':
    "What libvirt asks a guest's agent by calls of its own: what is in the guest, its clock, freezing and trimming of its file systems.",
};

/** Calls that stand in the table with a role of their own and have no contract by that name. */
function bare(named: ReadonlySet<string>): string[][] {
  const verbs = Object.entries(callsTable).flatMap(([resource, { verbs: own = {} }]) =>
    Object.keys(own).map((verb) => ({ resource, verb })),
  );
  return verbs
    .filter(({ resource, verb }) => !named.has(`${resource} ${verb}`))
    .map(({ resource, verb }) =>
      callRow({ resource, verb, kind: 'request' }, `${resource} ${verb}`, bareWords[`${resource} ${verb}`] ?? ''),
    );
}

/** What services say to each other is no call: orders to one host, and what is asked of netd. */
const isCalled = ({ kind, owner, subject }: Contract): boolean =>
  (kind === 'request' && owner !== 'netd') || (kind === 'command' && !subject.startsWith('virtbus.v1.host.'));

function calls(contracts: readonly Contract[]): string[] {
  const known = contracts.filter(isCalled).map((one) => ({ ...one, call: callOf(one) }));
  const named = new Set(known.map(({ call: { resource, verb } }) => `${resource} ${verb}`));
  const rows = known.map(({ subject, summary, call }) => callRow(call, subject.replace('virtbus.v1.', ''), summary));
  return table(['call', 'role', 'in projects', ''], [...rows, ...bare(named)]);
}

const profile = `
## The tenant profile

Elements that a definition may not have unless the credential has the grant. Beside these, whatever lies in a namespace of the
hypervisor is the administrators', and whatever begins with a slash must lie in a storage pool (\`host-path\`). The grants are
${grants.map((grant) => `\`${grant}\``).join(', ')}.
`;

const elements = (): string[] =>
  table(
    ['element', 'when', 'grant', 'because it is'],
    Object.entries(elementRules).flatMap(([name, rules]) =>
      rules.map(({ when, grant, why }) => [
        `\`${name}\``,
        when ? `\`${when.attribute}\` is not ${when.not.map((value) => `\`${value}\``).join(', ')}` : 'always',
        grant === undefined ? 'administrators only' : `\`${grant}\``,
        why,
      ]),
    ),
  );

const limits = (): string[] =>
  table(
    ['role', 'calls', 'changes', 'bytes of a body', 'streams at once'],
    Object.entries(limitsTable).map(([role, { calls: all, writes, bodyBytes, streams }]) => [
      role,
      `${all.perSecond}/s, ${all.burst} at once`,
      `${writes.perSecond}/s, ${writes.burst} at once`,
      String(bodyBytes),
      String(streams),
    ]),
  );

const ofNats = `
## As a user of NATS

What a user may publish and hear who is no service of the fleet, by role, as nats-server's configuration has it. It follows from the table of
calls above. nats-server does not read payloads, in which a command names its object and has its definition: **whoever has such a user reaches every
project, no definition is held against the tenant profile, passwords in definitions are read**, and audits name nobody for what is sent so. A tenant gets a token of a gateway, an account of NATS with nothing of the fleet in it, or [subjects of its own](#a-known-sender).
The command line also wants the console subjects.

\`{user}\` is a name of the user's own, which its client gives as the prefix of its inboxes: under NATS's own \`_INBOX\` it could read answers to others.
`;

/** One block of permissions for each role. */
const senders = (contracts: readonly Contract[]): string[] =>
  roles.flatMap((role) => {
    const isAdministrator = role === 'administrator';
    const may = (contract: Contract): boolean => isCalled(contract) && reaches(role, roleFor(callOf(contract)));
    const inbox = isAdministrator ? '_INBOX' : '_INBOX_{user}';
    return [`### ${role}`, '', '```', permissionsText(senderRights(contracts, { may, hearsAudits: isAdministrator, inbox })), '```', ''];
  });

const limitsIntro = `
## Limits of one credential

Unless \`limits\` in the file that \`VIRTBUS_ACCESS_FILE\` names says otherwise. Each gateway counts for itself.
`;

const knownSender = `### a known sender

Who may do what of the first table, in the projects and with the grants of an API token, held against the tenant profile and told in the
audits as a gateway's clients are. \`{sender}\` is the token's id, what stands between the first two underscores of \`vbt_ID_SECRET\`; the secret is
not needed, since nats-server vouches for who publishes here.

\`\`\`
${permissionsText(knownSenderRights('{sender}', '_INBOX_{user}'))}
\`\`\`

Each subject behind it is a contract's, and asked as a request:

\`\`\`
nats request virtbus.v1.from.5f2c9a7b1e3d4c60.cmd.domain.start '{"domain":"demo"}'
\`\`\`

A command is answered with its outcome, or with \`"pending":true\` when that takes longer than four seconds; sent again with the same \`Nats-Msg-Id\` it is
the same command, and the answer its outcome. What is refused is answered with the error.
`;

/** docs/generated/access.md */
export const accessPage = (contracts: readonly Contract[]): string =>
  `${[intro, ...calls(contracts), profile, ...elements(), limitsIntro, ...limits(), ofNats, ...senders(contracts), knownSender].join('\n').trimEnd()}\n`;
