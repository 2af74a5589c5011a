/** From libvirt's access checks, which every procedure's entry names, to the fleet's own calls and roles. */
import type { Procedure } from '@virtbus/libvirt-rpc';
import type { Call } from '../access/index.js';

/** libvirt's kinds of object, and the fleet's words for them. A host's own interfaces and devices are the host's. */
const resources: Readonly<Record<string, string>> = {
  connect: 'fleet',
  domain: 'domain',
  network: 'network',
  network_port: 'port',
  nwfilter: 'nwfilter',
  nwfilter_binding: 'binding',
  interface: 'host',
  node_device: 'host',
  storage_pool: 'pool',
  storage_vol: 'volume',
  secret: 'secret',
};

/** What is looked for over all of a fleet is asked of the kind that is looked for; of events each is judged when it is told. */
const searched: Readonly<Record<string, string>> = {
  search_domains: 'domain',
  search_networks: 'network',
  search_nwfilters: 'nwfilter',
  search_nwfilter_bindings: 'binding',
  search_storage_pools: 'pool',
  search_secrets: 'secret',
  search_interfaces: 'host',
  search_node_devices: 'host',
};

/** Permissions that a client has who may only look. */
const looking: ReadonlySet<string> = new Set(['getattr', 'read', 'read_secure']);
const looks = (permission: string): boolean => looking.has(permission) || permission.startsWith('search_');

/** Where libvirt's own check differs from its permissions: these say `write` and only look. */
const onlyLooks: ReadonlySet<string> = new Set(['domain_interface_addresses', 'connect_get_domain_capabilities']);

/** Procedures that ask for another role than what else is done to their kind of object. */
const verbs: Readonly<Record<string, string>> = {
  domain_open_console: 'console',
  domain_open_channel: 'console',
  domain_open_graphics: 'graphics',
  domain_open_graphics_fd: 'graphics',
  domain_screenshot: 'screenshot',
  domain_send_key: 'sendkey',
  domain_monitor_command: 'monitor',
  domain_monitor_command_with_files: 'monitor',
  connect_domain_monitor_event_register: 'monitor',
  domain_agent_command: 'agent',
  secret_get_value: 'value',
};

/** Whether it asks for a role of its own, and is told when it is refused, though it may only look. */
export const isPeculiar = (name: string): boolean => Object.hasOwn(verbs, name);

type Checked = Pick<Procedure, 'access'>;

/** Of the few whose check is not known, the name says the kind of object, and that something is changed is assumed. */
const checksOf = (name: string, { access }: Checked): { readonly object: string; readonly permission: string }[] =>
  access.map((check) => {
    const [object = '', permission = ''] = (check === '' ? `${name.split('_')[0]}:write` : check).split(':');
    return { object, permission };
  });

/** Whether a read-only connection is too little for it. */
export const changes = (name: string, procedure: Checked): boolean =>
  !onlyLooks.has(name) && checksOf(name, procedure).some(({ permission }) => !looks(permission));

/** The call that a procedure is; `undefined` for what everybody may who is connected. */
export function callOfProcedure(name: string, procedure: Checked): Call | undefined {
  const [first] = checksOf(name, procedure);
  if (!first) return undefined;
  const { object, permission } = first;
  const kind = changes(name, procedure) ? 'command' : 'request';
  const sought = name.includes('_event_') ? undefined : searched[permission];
  return {
    resource: sought ?? resources[object] ?? object,
    verb: verbs[name] ?? (permission === 'migrate' ? 'migrate' : permission),
    kind,
  };
}
