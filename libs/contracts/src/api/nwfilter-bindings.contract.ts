import { IsOptional, IsString } from 'class-validator';
import { command } from '../contract.js';
import { bindingXml, hostId } from '../examples.js';
import { IsHostId, IsLinkName, IsXmlText } from '../validators.js';
import { NwfilterBindingQuestion } from './nwfilters.contract.js';

export class CreateNwfilterBinding {
  /** libvirt's `<filterbinding>`; a `<virtbus:placement host=''/>` in it names the link's host. */
  @IsXmlText() readonly xml!: string;
  /** The link's host, as in the XML. Without either: the host of the owner, when that domain runs, else the only host that there is. */
  @IsOptional() @IsHostId() readonly hostId?: string;
}

/** Which filter is, or was, on which link. */
export class NwfilterBindingId {
  @IsHostId() readonly hostId!: string;
  @IsLinkName() readonly portDev!: string;
  @IsString() readonly filter!: string;
}

const replyExample = { hostId, portDev: 'veth0', filter: 'mine' };

export const createNwfilterBinding = command({
  subject: 'virtbus.v1.cmd.binding.create',
  summary: 'Put a network filter on a link of a host, until somebody takes it off or the link is gone.',
  owner: 'api',
  payload: CreateNwfilterBinding,
  reply: NwfilterBindingId,
  errors: [
    ...['payload_invalid', 'payload_too_large', 'deadline_passed', 'xml_error', 'xml_detail', 'invalid_argument'],
    ...['config_unsupported', 'no_host', 'no_nwfilter', 'operation_failed', 'system_error'],
    ...['host_unreachable', 'service_unreachable', 'internal'],
  ] as const,
  example: { xml: bindingXml },
  replyExample,
});

export const deleteNwfilterBinding = command({
  subject: 'virtbus.v1.cmd.binding.delete',
  summary: 'Take a network filter off a link that somebody has put there by hand.',
  owner: 'api',
  payload: NwfilterBindingQuestion,
  reply: NwfilterBindingId,
  errors: [
    ...['payload_invalid', 'deadline_passed', 'no_nwfilter_binding', 'invalid_argument', 'operation_invalid', 'operation_failed'],
    ...['system_error', 'host_unreachable', 'service_unreachable', 'internal'],
  ] as const,
  example: { portDev: 'veth0' },
  replyExample,
});
