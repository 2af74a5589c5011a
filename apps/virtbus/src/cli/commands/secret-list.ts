import type { SecretRecord } from '@virtbus/contracts';
import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';
import { failed } from '../failure.js';

interface Filter {
  readonly ephemeral: boolean;
  readonly 'no-ephemeral': boolean;
  readonly private: boolean;
  readonly 'no-private': boolean;
}

/** Of two that say the opposite both together say nothing. */
async function passing(secrets: readonly SecretRecord[], filter: Filter): Promise<readonly SecretRecord[]> {
  // What the fleet keeps, it keeps on disk.
  if (filter.ephemeral && !filter['no-ephemeral']) return [];
  if (filter.private === filter['no-private']) return secrets;
  const { parseSecret } = await import('@virtbus/libvirt-xml');
  return secrets.filter(({ xml }) => parseSecret(xml).private === filter.private);
}

const usageOf = ({ usageType, usageId }: SecretRecord): string => (usageType === 'none' ? 'Unused' : `${usageType} ${usageId}`);

export default command({
  about: 'List the secrets of the fleet: what each is for, and no value.',
  example: 'virtbus secret-list',
  options: {
    ephemeral: { kind: 'flag', about: 'list ephemeral secrets' },
    'no-ephemeral': { kind: 'flag', about: 'list non-ephemeral secrets' },
    private: { kind: 'flag', about: 'list private secrets' },
    'no-private': { kind: 'flag', about: 'list non-private secrets' },
  },
  async run(filter, context) {
    const { secrets } = await context.ask('listSecrets', {}).catch((error: unknown) => {
      throw failed('Failed to list secrets', error);
    });
    const shown = (await passing(secrets, filter)).toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
    const rows = shown.map((secret) => [secret.uuid, usageOf(secret)]);
    return { text: formatTable({ header: ['UUID', 'Usage'], rows }, context.globals.quiet), json: shown };
  },
});
