import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle, handedOn, type MessageContext } from '@virtbus/messaging';
import { scopeOf } from './core/device-scope.js';
import { onward } from './onward.js';
import { PlacementRunner } from './placement.runner.js';

type Change = contracts.ReviseDevice['change'];
type Wish = contracts.ChangeDomainDevice & { readonly xml?: string; readonly alias?: string };
type Answer = Promise<contracts.ObjectId | typeof handedOn>;

const ofHost = {
  attach: contracts.attachPlacedDevice,
  detach: contracts.detachPlacedDevice,
  update: contracts.updatePlacedDevice,
} as const;

/**
 * Changes of devices. The definition's owner looks at them first, so that nothing is plugged that cannot be defined too; then the host
 * changes the guest and has the definition changed, or, without a guest to change, the definition alone is.
 */
@Controller()
export class DeviceHandlers {
  constructor(
    @Inject(PlacementRunner) private readonly runner: PlacementRunner,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.attachDevice)
  attach(command: contracts.DomainDevice, context: MessageContext): Answer {
    return this.change('attach', command, context);
  }

  @Handle(contracts.detachDevice)
  detach(command: contracts.DetachDomainDevice, context: MessageContext): Answer {
    return this.change('detach', command, context);
  }

  @Handle(contracts.updateDevice)
  update(command: contracts.DomainDevice, context: MessageContext): Answer {
    return this.change('update', command, context);
  }

  private async change(change: Change, wish: Wish, context: MessageContext): Answer {
    const { record, placement } = await this.runner.held(wish.domain);
    const { uuid, name, persistent } = record;
    const scope = scopeOf(wish, { active: placement !== undefined, persistent });
    if (scope.type === 'refused') throw new contracts.Refusal('operation_invalid', `Requested operation is not valid: ${scope.words}`);
    const { live, config } = scope;
    const device = { uuid, change, ...contracts.defined({ xml: wish.xml, alias: wish.alias }), commandId: context.commandId };
    const revised = await this.bus.request(contracts.reviseDevice, { ...device, config, apply: !live });
    if (!placement || !live) return { uuid, name };
    const order = { uuid, name, epoch: placement.epoch, config, ...contracts.defined({ xml: revised.xml, alias: wish.alias }) };
    await this.bus.send(ofHost[change], order, { ...onward(context), tokens: { hostId: placement.hostId } });
    return handedOn;
  }
}
