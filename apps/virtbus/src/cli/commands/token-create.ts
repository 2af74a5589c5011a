import { createHash, randomBytes } from 'node:crypto';
import { newScramTexts } from '@virtbus/libvirt-rpc';
import { command, told } from '../command.js';
import { Failure, failed } from '../failure.js';

const isRole = (text: string): text is 'viewer' | 'operator' | 'administrator' => ['viewer', 'operator', 'administrator'].includes(text);

const words = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

export default command({
  about: `Make an API token and print it. It is printed once: the fleet keeps no more than a hash of it, and keys with which virsh can prove over TLS that it has it (authname=NAME, password=TOKEN).`,
  example: 'virtbus token-create ci operator --projects blue',
  options: {
    name: { kind: 'text', required: true, about: 'whose it is, or what for' },
    role: { kind: 'text', required: true, about: 'viewer, operator or administrator' },
    projects: { kind: 'text', namedOnly: true, about: 'the projects that it is bound to, with commas; all when left out' },
    grants: {
      kind: 'text',
      namedOnly: true,
      about: 'what of a host its definitions may use: hostdev, host-network, host-path, network-storage, host-tuning',
    },
    expires: { kind: 'text', namedOnly: true, about: 'when it ends, as 2027-01-31T00:00:00Z; never when left out' },
  },
  async run({ name, role, projects: ofProjects, grants: given, expires }, context) {
    if (!isRole(role)) throw new Failure([`'${role}' is none of viewer, operator, administrator`], 'usage');
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(secret).digest('base64url');
    const scram = newScramTexts(`vbt_${id}_${secret}`);
    const [projects, grants] = [words(ofProjects), words(given)];
    const rights = {
      name,
      role,
      ...(projects ? { projects } : {}),
      ...(grants ? { grants } : {}),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    };
    const result = await context.order('createToken', { id, hash, scram, ...rights }).catch((error: unknown) => {
      throw failed(`Failed to create token '${name}'`, error);
    });
    // A gateway draws the secret itself; over the bus only the hash has travelled.
    const token = 'token' in result && typeof result.token === 'string' ? result.token : `vbt_${id}_${secret}`;
    return told([token], { id: result.id, token });
  },
});
