import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsOptional, IsString, ValidateNested } from 'class-validator';
import { bucket, command, request } from '../contract.js';
import { filterXml, hostId, mac, nwfilterUuid, uuid } from '../examples.js';
import { ObjectId, PageQuestion, Xml } from '../values/common.js';
import { IsHostId, IsLibvirtUuid, IsLinkName, IsMacAddress, IsObjectName, IsXmlText } from '../validators.js';
import { NameClaim } from './facts.contract.js';

/** Names a filter by its UUID or its name. */
export class NwfilterRef {
  @IsObjectName() readonly filter!: string;
}

export class DefineNwfilter {
  @IsXmlText() readonly xml!: string;
}

export class NwfilterRecord {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsObjectName() readonly name!: string;
  /** The definition as libvirt reads it back. */
  @IsXmlText() readonly xml!: string;
  /** A filter that every fleet has from the start, and that this one does not want. */
  @IsOptional() @IsBoolean() readonly removed?: boolean;
}

export class NwfilterList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => ObjectId) readonly filters!: ObjectId[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

/** A filter on a link: of a running domain's interface, or one that somebody has put there by hand. */
export class NwfilterBinding {
  @IsHostId() readonly hostId!: string;
  /** The link's name on its host. */
  @IsLinkName() readonly portDev!: string;
  @IsString() readonly filter!: string;
  @IsMacAddress() readonly mac!: string;
  /** The domain that it is for; of one made by hand what its maker says, whether or not there is such a domain. */
  @IsLibvirtUuid() readonly domain!: string;
  @IsString() readonly domainName!: string;
  /** Made by a command, and deleted by one. The others come and go with their interfaces. */
  @IsOptional() @IsBoolean() readonly byHand?: boolean;
}

export class NwfilterBindingList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => NwfilterBinding) readonly bindings!: NwfilterBinding[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

export class NwfilterBindingQuestion {
  @IsLinkName() readonly portDev!: string;
  /** Needed where several hosts have a link of that name. */
  @IsOptional() @IsHostId() readonly hostId?: string;
}

const replyExample = { uuid: nwfilterUuid, name: 'mine' };
const reading = ['payload_invalid', 'internal'] as const;

export const defineNwfilter = command({
  subject: 'virtbus.v1.cmd.nwfilter.define',
  summary: 'Keep a network filter. One of the same name and UUID is replaced, and links that have it follow at once.',
  owner: 'api',
  payload: DefineNwfilter,
  reply: ObjectId,
  errors: [
    'payload_invalid',
    'payload_too_large',
    'deadline_passed',
    'xml_error',
    'invalid_argument',
    'config_unsupported',
    'operation_failed',
    'internal',
  ],
  example: { xml: filterXml },
  replyExample,
});

export const undefineNwfilter = command({
  subject: 'virtbus.v1.cmd.nwfilter.undefine',
  summary: 'Forget a network filter that no link has.',
  owner: 'api',
  payload: NwfilterRef,
  reply: ObjectId,
  errors: ['payload_invalid', 'deadline_passed', 'no_nwfilter', 'operation_invalid', 'internal'],
  example: { filter: 'mine' },
  replyExample,
});

export const listNwfilters = request({
  subject: 'virtbus.v1.req.nwfilter.list',
  summary: 'Every network filter of the fleet.',
  owner: 'api',
  payload: PageQuestion,
  reply: NwfilterList,
  errors: reading,
  example: {},
  replyExample: { filters: [replyExample] },
});

export const getNwfilterXml = request({
  subject: 'virtbus.v1.req.nwfilter.xml',
  summary: 'The XML of a network filter.',
  owner: 'api',
  payload: NwfilterRef,
  reply: Xml,
  errors: [...reading, 'no_nwfilter'],
  example: { filter: 'mine' },
  replyExample: { xml: filterXml },
});

export const listNwfilterBindings = request({
  subject: 'virtbus.v1.req.nwfilter.bindings',
  summary: 'Every link that has a filter: of a running guest, or by hand.',
  owner: 'api',
  payload: PageQuestion,
  reply: NwfilterBindingList,
  errors: reading,
  example: {},
  replyExample: { bindings: [{ hostId, portDev: 'vnet0', filter: 'mine', mac, domain: uuid, domainName: 'demo' }] },
});

export const getNwfilterBindingXml = request({
  subject: 'virtbus.v1.req.nwfilter.binding',
  summary: 'Which filter a link has, and with which parameters.',
  owner: 'api',
  payload: NwfilterBindingQuestion,
  reply: Xml,
  errors: [...reading, 'no_nwfilter_binding', 'invalid_argument'],
  example: { portDev: 'vnet0' },
  replyExample: { xml: '<filterbinding/>' },
});

export const nwfilterRecords = bucket({
  bucket: 'virtbus_nwfilters',
  subject: '{uuid}',
  summary: 'Network filters. Hosts follow them, and change the rules of the links that have them.',
  owner: 'api',
  payload: NwfilterRecord,
  example: { uuid: nwfilterUuid, name: 'mine', xml: filterXml },
});

export const nwfilterNames = bucket({
  bucket: 'virtbus_nwfilter_names',
  subject: '{name}',
  summary: 'Which network filter has a name. The key is the name in base64url.',
  owner: 'api',
  payload: NameClaim,
  example: { uuid: nwfilterUuid },
});
