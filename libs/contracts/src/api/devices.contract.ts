import { IsBoolean, IsIn, IsOptional, IsString } from 'class-validator';
import { request } from '../contract.js';
import { commandId, interfaceXml, uuid } from '../examples.js';
import { deviceErrors } from '../scheduler/device-commands.contract.js';
import { IsLibvirtUuid, IsXmlText } from '../validators.js';

export class ReviseDevice {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsIn(['attach', 'detach', 'update']) readonly change!: 'attach' | 'detach' | 'update';
  @IsOptional() @IsXmlText() readonly xml?: string;
  @IsOptional() @IsString() readonly alias?: string;
  /** Whether the definition is to change too; if not, only the device is looked at. */
  @IsBoolean() readonly config!: boolean;
  /** Whether it is to change now; if not, only whether it could. */
  @IsBoolean() readonly apply!: boolean;
  /** The command that asks: its change is made once. */
  @IsString() readonly commandId!: string;
}

export class RevisedDevice {
  /** The device with what the fleet fills in: a MAC address, the same for guest and definition. */
  @IsOptional() @IsXmlText() readonly xml?: string;
}

export const reviseDevice = request({
  subject: 'virtbus.v1.req.domain.revisedevice',
  summary: "Look at a change of a domain's devices, and make it in the definition.",
  owner: 'api',
  payload: ReviseDevice,
  reply: RevisedDevice,
  errors: deviceErrors,
  example: { uuid, change: 'attach', xml: interfaceXml, config: true, apply: false, commandId },
  replyExample: { xml: interfaceXml },
});
