import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { command } from '../contract.js';
import { interfaceXml, uuid } from '../examples.js';
import { DomainRef, ObjectId } from '../values/common.js';
import { IsXmlText } from '../validators.js';

/**
 * A change of a domain's devices, as libvirt's flags have it: the running guest (`live`), its definition (`config`) or both; with neither,
 * the guest if it runs and else the definition. The outcome comes when both are done, and the definition changes last.
 */
export class ChangeDomainDevice extends DomainRef {
  @IsOptional() @IsBoolean() readonly live?: boolean;
  @IsOptional() @IsBoolean() readonly config?: boolean;
}

export class DomainDevice extends ChangeDomainDevice {
  /** One device, such as `<interface>`. */
  @IsXmlText() readonly xml!: string;
}

/** One of the two says which device it is. */
export class DetachDomainDevice extends ChangeDomainDevice {
  @IsOptional() @IsXmlText() readonly xml?: string;
  @IsOptional() @IsString() readonly alias?: string;
}

export const deviceErrors = [
  'payload_invalid',
  'payload_too_large',
  'deadline_passed',
  'no_domain',
  'no_device',
  'operation_invalid',
  'operation_failed',
  'operation_unsupported',
  'forbidden',
  'xml_error',
  'xml_detail',
  'invalid_argument',
  'config_unsupported',
  'no_network',
  'no_nwfilter',
  'mac_in_use',
  'network_in_use',
  'stale_epoch',
  'qemu_failed',
  'system_error',
  'service_unreachable',
  'internal',
] as const;

const common = { owner: 'scheduler', reply: ObjectId, errors: deviceErrors, replyExample: { uuid, name: 'demo' } } as const;
const example = { domain: 'demo', xml: interfaceXml, live: true };

export const attachDevice = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.attachdevice',
  summary: 'Plug a device into a domain.',
  payload: DomainDevice,
  example,
});

export const detachDevice = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.detachdevice',
  summary:
    'Unplug a device. A guest that does not let go within five seconds is asked no more: the outcome is good all the same, and `deviceremoved` tells when it has.',
  payload: DetachDomainDevice,
  example,
});

export const updateDevice = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.updatedevice',
  summary: 'Change a device: of a running guest what can change while it runs.',
  payload: DomainDevice,
  example,
});
