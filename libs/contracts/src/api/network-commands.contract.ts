import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { command } from '../contract.js';
import { networkUuid, networkXml } from '../examples.js';
import { NetworkRef, ObjectId } from '../values/common.js';
import { IsProjectName, IsXmlText } from '../validators.js';

export class DefineNetwork {
  @IsXmlText() readonly xml!: string;
  /** The project that a new network falls to; a network that is there already must belong to it. Left out, a known network keeps its own. */
  @IsOptional() @IsProjectName() readonly project?: string;
  /** The revision at which the network's record must be; 0 when there must be none. Left out, whatever is there is replaced. */
  @IsOptional() @IsInt() @Min(0) readonly revision?: number;
}

export class UndefineNetwork extends NetworkRef {
  /** The revision at which the network's record must be. */
  @IsOptional() @IsInt() @Min(1) readonly revision?: number;
}

export class SetNetworkAutostart extends NetworkRef {
  @IsBoolean() readonly autostart!: boolean;
}

/** libvirt's names (virNetworkUpdateCommand, virNetworkUpdateSection). */
export const networkUpdateCommands = ['modify', 'delete', 'add-last', 'add-first'] as const;
export const networkUpdateSections = [
  'bridge',
  'domain',
  'ip',
  'ip-dhcp-host',
  'ip-dhcp-range',
  'forward',
  'forward-interface',
  'forward-pf',
  'portgroup',
  'dns-host',
  'dns-txt',
  'dns-srv',
] as const;

export class UpdateNetwork extends NetworkRef {
  @IsIn(networkUpdateCommands) readonly command!: (typeof networkUpdateCommands)[number];
  @IsIn(networkUpdateSections) readonly section!: (typeof networkUpdateSections)[number];
  /** Which `<ip>` is meant, from 0; -1, and absent: the one that has DHCP, else the first. */
  @IsOptional() @IsInt() @Min(-1) @Max(65_535) readonly parentIndex?: number;
  /** The element that is added, changed or, in part at least, taken away. */
  @IsXmlText() readonly xml!: string;
  /** What is active. Without either word: what is active when it is, else the definition. */
  @IsOptional() @IsBoolean() readonly live?: boolean;
  /** The definition. */
  @IsOptional() @IsBoolean() readonly config?: boolean;
}

const definitionErrors = [
  'payload_invalid',
  'payload_too_large',
  'deadline_passed',
  'xml_error',
  'xml_detail',
  'missing_name',
  'config_unsupported',
  'operation_failed',
  'operation_invalid',
  'revision_conflict',
  'internal',
] as const;

const referenceErrors = ['payload_invalid', 'deadline_passed', 'no_network', 'operation_invalid', 'internal'] as const;
const replyExample = { uuid: networkUuid, name: 'lab' };
const common = { owner: 'api', reply: ObjectId, replyExample } as const;
const ofXml = { ...common, payload: DefineNetwork, errors: definitionErrors, example: { xml: networkXml } } as const;
const ofKnown = { ...common, payload: NetworkRef, errors: referenceErrors, example: { network: 'lab' } } as const;

export const defineNetwork = command({
  subject: 'virtbus.v1.cmd.network.define',
  summary: 'Keep a network definition; a second one with the same name and UUID replaces it.',
  ...ofXml,
});

export const createNetwork = command({
  subject: 'virtbus.v1.cmd.network.create',
  summary: 'Define a transient network and start it; its definition goes when it stops.',
  ...ofXml,
});

export const undefineNetwork = command({
  subject: 'virtbus.v1.cmd.network.undefine',
  summary: 'Forget a network definition. An active network becomes transient.',
  ...ofKnown,
  payload: UndefineNetwork,
  errors: [...referenceErrors, 'revision_conflict'],
});

export const startNetwork = command({
  subject: 'virtbus.v1.cmd.network.start',
  summary: 'Let domains connect to a network. Its bridge appears on a host with the first port there.',
  ...ofKnown,
});

export const destroyNetwork = command({
  subject: 'virtbus.v1.cmd.network.destroy',
  summary: 'Stop a network: its bridges, dnsmasq and firewall tables go from every host. Domains keep running, unconnected.',
  ...ofKnown,
});

export const setNetworkAutostart = command({
  subject: 'virtbus.v1.cmd.network.autostart',
  summary: 'Say whether a network is active from the moment the fleet is up.',
  owner: 'api',
  payload: SetNetworkAutostart,
  reply: ObjectId,
  errors: referenceErrors,
  example: { network: 'lab', autostart: true },
  replyExample,
});

export const updateNetwork = command({
  subject: 'virtbus.v1.cmd.network.update',
  summary: 'Change one part of a network, of an active one too: a host entry, a range, a port group, a name. Hosts follow by themselves.',
  owner: 'api',
  payload: UpdateNetwork,
  reply: ObjectId,
  errors: [...definitionErrors, 'no_network', 'operation_unsupported', 'invalid_argument'],
  example: {
    network: 'lab',
    command: 'add-last',
    section: 'ip-dhcp-host',
    xml: "<host mac='52:54:00:00:00:09' ip='10.7.0.9'/>",
    live: true,
    config: true,
  },
  replyExample,
});
