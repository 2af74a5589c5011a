import * as contracts from '@virtbus/contracts';
import { apiName, errorCode, errorDomain, noSupport, RemoteError } from '@virtbus/libvirt-rpc';
import type { KnownDomain } from '../../fleet.memory.js';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { invalidArgument, invalidOperation, noAgent, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const { countOf, fileSystemsOf, guestVcpusOf, hostnameOf, infoParts, keysOf, timeOf } = contracts.guestAnswers;

/** virDomainGetHostnameFlags. */
const OF_LEASE = 1;
const OF_AGENT = 2;

/** virDomainAuthorizedSSHKeysSetFlags; without any, the keys take the place of those that there are. */
const KEYS_APPEND = 1;
const KEYS_REMOVE = 2;
const KEYS_BOTH =
  "Flags 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND' and 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE' are mutually exclusive";

const internal = (words: string): RemoteError => new RemoteError(errorCode.internal, errorDomain.qemu, `internal error: ${words}`);

/** A command that the agent does not have or will not do: other parts of an answer stand without it. */
class AgentRefusal extends RemoteError {}

/** None of the commands here does more to a guest than its operator may do to it by other means; what they are is not the client's to say. */
const ofGuest = { resource: 'domain', verb: 'guestagent', kind: 'command' } as const;

/**
 * What the agent answers.
 * @throws RemoteError when it does not run, has no channel to an agent, or the agent refuses; Refusal
 */
async function ask(dom: DomainHandle, execute: string, { known, orders }: Session, given?: object): Promise<unknown> {
  const { record, active } = await known.domain(dom);
  if (!active) throw invalidOperation('domain is not running');
  const question = contracts.guestQuestions.find((one) => one === execute);
  const agent = { command: JSON.stringify({ execute, arguments: given }), ...contracts.agentPatience(record) };
  const domain = record.uuid;
  const { output } = question
    ? await orders.run(contracts.askGuest, { domain, question })
    : await orders.run(contracts.runAgentCommand, { domain, agent }, ofGuest);
  const answer = JSON.parse(output) as { readonly return?: unknown; readonly error?: { readonly desc?: unknown } };
  if (answer.error === undefined) return answer.return;
  const words = `internal error: unable to execute QEMU agent command '${execute}': ${String(answer.error.desc)}`;
  throw new AgentRefusal(errorCode.internal, errorDomain.qemu, words);
}

/** @throws RemoteError for an answer of another form */
function read<T>(value: T | undefined, execute: string): T {
  if (value === undefined) throw internal(`malformed return value of '${execute}'`);
  return value;
}

/** What only a guest's own agent can say or do. */
export const domainAgent: RemoteHandlers = {
  domain_agent_set_response_timeout: async ({ dom, timeout, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'domain_agent_set_response_timeout');
    const { record } = await known.domain(dom);
    if (timeout < contracts.AGENT_BLOCK)
      throw invalidArgument(`guest agent timeout '${timeout}' is less than the minimum '${contracts.AGENT_BLOCK}'`);
    await orders.run(contracts.setAgentTimeout, { domain: record.uuid, seconds: timeout });
    return { result: 0 };
  },
  domain_get_time: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_time');
    return read(timeOf(await ask(dom, 'guest-get-time', session)), 'guest-get-time');
  },
  domain_get_hostname: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, OF_LEASE | OF_AGENT, 'domain_get_hostname');
    if (flags === OF_LEASE) return { hostname: await leasedName(dom, session) };
    return { hostname: read(hostnameOf(await ask(dom, 'guest-get-host-name', session)), 'guest-get-host-name') };
  },
  domain_get_guest_info: async ({ dom, types, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_guest_info');
    const wanted = [...infoParts].filter(([bit]) => types === 0 || (types & bit) !== 0);
    const params = [];
    for (const [bit, { command, paramsOf }] of wanted) {
      const answer = await ask(dom, command, session).catch((thrown: unknown) => {
        if (thrown instanceof AgentRefusal && types !== bit) return undefined;
        throw thrown;
      });
      if (answer !== undefined) params.push(...paramsOf(answer));
    }
    return { params };
  },
  domain_get_guest_vcpus: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_guest_vcpus');
    return { params: guestVcpusOf(await ask(dom, 'guest-get-vcpus', session)) };
  },
  domain_get_fsinfo: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_get_fsinfo');
    const info = fileSystemsOf(await ask(dom, 'guest-get-fsinfo', session));
    return { info, ret: info.length };
  },
  domain_fsfreeze: async ({ dom, mountpoints, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_fsfreeze');
    const [command, given] = mountpoints.length === 0 ? ['guest-fsfreeze-freeze'] : ['guest-fsfreeze-freeze-list', { mountpoints }];
    return { filesystems: countOf(await ask(dom, command, session, given)) };
  },
  domain_fsthaw: async ({ dom, mountpoints, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_fsthaw');
    if (mountpoints.length > 0) throw invalidArgument('specifying mountpoints is not supported');
    return { filesystems: countOf(await ask(dom, 'guest-fsfreeze-thaw', session)) };
  },
  domain_fstrim: async ({ dom, mountPoint, minimum, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_fstrim');
    if (mountPoint !== undefined) throw invalidArgument('Specifying mount point is not supported for now');
    await ask(dom, 'guest-fstrim', session, { minimum: Number(minimum) });
    return {};
  },
  domain_authorized_ssh_keys_get: async ({ dom, user, flags }, session) => {
    refuseOtherFlags(flags, 0, 'domain_authorized_ssh_keys_get');
    const command = 'guest-ssh-get-authorized-keys';
    return { keys: read(keysOf(await ask(dom, command, session, { username: user })), command) };
  },
  domain_authorized_ssh_keys_set: async ({ dom, user, keys, flags }, session) => {
    refuseOtherFlags(flags, KEYS_APPEND | KEYS_REMOVE, 'domain_authorized_ssh_keys_set');
    if (flags === (KEYS_APPEND | KEYS_REMOVE)) throw invalidArgument(KEYS_BOTH);
    if ((flags & KEYS_REMOVE) !== 0) await ask(dom, 'guest-ssh-remove-authorized-keys', session, { username: user, keys });
    else await ask(dom, 'guest-ssh-add-authorized-keys', session, { username: user, keys, reset: (flags & KEYS_APPEND) === 0 });
    return {};
  },
  // It would lie in the stream of commands, where no password is to be (docs/adr/0026).
  domain_set_user_password: async ({ dom }, { known }) => {
    const domain = await known.domain(dom);
    if (!domain.active) throw invalidOperation('domain is not running');
    throw hasAgent(domain) ? noSupport(apiName('domain_set_user_password')) : noAgent();
  },
};

const AGENT = 'org.qemu.guest_agent.0';
const hasAgent = (domain: KnownDomain): boolean =>
  definitionOf(domain, false).devices.channel.some(({ target }) => 'name' in target && target.name === AGENT);

/** By which its network's DHCP knows it. @throws RemoteError when it knows none */
async function leasedName(dom: DomainHandle, { known, orders }: Session): Promise<string> {
  const { active, runtime, record } = await known.domain(dom);
  if (!active) throw invalidOperation('domain is not running');
  for (const { port, mac } of runtime?.interfaces ?? []) {
    if (!port) continue;
    const { leases } = await orders.ask(contracts.listLeases, { network: port.networkUuid });
    const hostname = leases.find((lease) => lease.mac === mac)?.hostname;
    if (hostname !== undefined && hostname !== '') return hostname;
  }
  throw new RemoteError(NO_HOSTNAME, errorDomain.qemu, `no hostname found for domain ${record.name}`);
}

const NO_HOSTNAME = 108;
