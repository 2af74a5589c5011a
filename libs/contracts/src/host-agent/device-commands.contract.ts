import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { command } from '../contract.js';
import { interfaceXml, uuid } from '../examples.js';
import { deviceErrors } from '../scheduler/device-commands.contract.js';
import { ObjectId } from '../values/common.js';
import { IsXmlText } from '../validators.js';
import { PlacedDomain } from './domain-commands.contract.js';

/** A change of a running guest's devices. One of `xml` and `alias` says which device. */
export class ChangePlacedDevice extends PlacedDomain {
  @IsOptional() @IsXmlText() readonly xml?: string;
  @IsOptional() @IsString() readonly alias?: string;
  /** The definition changes too, once the guest has. */
  @IsBoolean() readonly config!: boolean;
}

const common = {
  owner: 'host-agent',
  payload: ChangePlacedDevice,
  reply: ObjectId,
  errors: deviceErrors,
  example: { uuid, name: 'demo', epoch: 3, xml: interfaceXml, config: false },
  replyExample: { uuid, name: 'demo' },
} as const;

export const attachPlacedDevice = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.attachdevice',
  summary: 'Plug a device into a guest on this host.',
});

export const detachPlacedDevice = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.detachdevice',
  summary: 'Unplug a device of a guest on this host.',
});

export const updatePlacedDevice = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.updatedevice',
  summary: 'Change a device of a guest on this host while it runs.',
});
