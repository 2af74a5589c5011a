import { IsInt, IsOptional, IsString, Min } from 'class-validator';
import { bucket, request } from '../contract.js';
import { bindingXml, commandId, hostId, mac, uuid } from '../examples.js';
import { IsHostId, IsLibvirtUuid, IsLinkName, IsMacAddress, IsXmlText } from '../validators.js';

/** A link of the host that is asked. */
export class HostLink {
  @IsLinkName() readonly portDev!: string;
}

export class MakeHostBinding extends HostLink {
  @IsXmlText() readonly xml!: string;
  /** The command that makes it: when it comes again it finds its own work. */
  @IsString() readonly by!: string;
  /** The host is to know the definitions of filters that were there at this revision. */
  @IsOptional() @IsInt() @Min(0) readonly filters?: number;
}

export class HostBindingTold {
  /** At which the host has written what it now says of the link; 0 once it says nothing of it. */
  @IsInt() @Min(0) readonly revision!: number;
}

/** A filter that somebody has put on a link by hand. */
export class BindingRecord {
  @IsHostId() readonly hostId!: string;
  @IsLinkName() readonly portDev!: string;
  @IsString() readonly filter!: string;
  @IsMacAddress() readonly mac!: string;
  /** The owner's UUID and name, as the maker says: there need not be such a domain. */
  @IsLibvirtUuid() readonly domain!: string;
  @IsString() readonly domainName!: string;
  /** As `nwfilter-binding-dumpxml` prints it. */
  @IsXmlText() readonly xml!: string;
}

const always = ['payload_invalid', 'internal', 'operation_failed', 'system_error'] as const;

export const makeHostBinding = request({
  subject: 'virtbus.v1.host.{hostId}.req.binding.make',
  summary: "Put a network filter on a link of this host. The link's frames are filtered, and the host's disk knows it, before the answer.",
  owner: 'host-agent',
  payload: MakeHostBinding,
  reply: HostBindingTold,
  errors: [...always, 'xml_error', 'xml_detail', 'invalid_argument', 'config_unsupported', 'no_nwfilter', 'service_unreachable'],
  example: { portDev: 'veth0', xml: bindingXml, by: commandId },
  replyExample: { revision: 21 },
});

export const removeHostBinding = request({
  subject: 'virtbus.v1.host.{hostId}.req.binding.remove',
  summary: 'Take a network filter off a link of this host that somebody has put there by hand.',
  owner: 'host-agent',
  payload: HostLink,
  reply: HostBindingTold,
  errors: [...always, 'no_nwfilter_binding', 'operation_invalid'],
  example: { portDev: 'veth0' },
  replyExample: { revision: 0 },
});

export const bindingRecords = bucket({
  bucket: 'virtbus_nwfilter_bindings',
  subject: '{hostId}.{link}',
  summary:
    'Network filters that somebody has put on links of hosts by hand. The last part of the key is the name of the link in base64url.',
  owner: 'host-agent',
  payload: BindingRecord,
  example: { hostId, portDev: 'veth0', filter: 'mine', mac, domain: uuid, domainName: 'box', xml: bindingXml },
});
