import { createHash } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { changeDevices, detachByAlias, type DomainDef } from '@virtbus/libvirt-xml';
import { withMac } from './core/device-mac.js';
import { readingXml } from './core/xml-refusal.js';
import { DomainRunner } from './domain.runner.js';

/** Changes of devices, as far as they are the definition's. */
@Controller()
export class DeviceHandlers {
  constructor(@Inject(DomainRunner) private readonly runner: DomainRunner) {}

  @Handle(contracts.reviseDevice)
  async revise(question: contracts.ReviseDevice): Promise<contracts.RevisedDevice> {
    const { uuid, change, config, apply, commandId } = question;
    const xml = deviceOf(question);
    const edit = (definition: DomainDef): DomainDef => {
      if (xml !== undefined) return changeDevices(definition, change, xml);
      const alias = question.alias ?? '';
      const without = detachByAlias(definition, alias);
      if (!without) throw contracts.noDeviceWithAlias(alias);
      return without;
    };
    if (config && apply) await this.runner.revise(uuid, commandId, edit);
    else if (config) await this.runner.couldRevise(uuid, edit);
    return xml === undefined ? {} : { xml };
  }
}

/** Guest and definition get one MAC, and so does the command when it comes again. */
function deviceOf({ xml, change, commandId }: contracts.ReviseDevice): string | undefined {
  if (xml === undefined) return undefined;
  return readingXml(() => (change === 'attach' ? withMac(xml, () => macFrom(commandId)) : xml));
}

function macFrom(commandId: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(commandId).digest();
  return `52:54:00:${[a, b, c].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}
