import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { FilterBindings } from './filter-bindings.js';

@Controller()
export class BindingHandlers {
  constructor(@Inject(FilterBindings) private readonly bindings: FilterBindings) {}

  @Handle(contracts.makeHostBinding)
  make(order: contracts.MakeHostBinding): Promise<contracts.HostBindingTold> {
    return this.bindings.make(order);
  }

  @Handle(contracts.removeHostBinding)
  remove({ portDev }: contracts.HostLink): Promise<contracts.HostBindingTold> {
    return this.bindings.remove(portDev);
  }
}
