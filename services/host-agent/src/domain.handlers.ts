import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import type { DeviceChange } from '@virtbus/libvirt-xml';
import { Handle, type MessageContext } from '@virtbus/messaging';
import { Consoles } from './console.js';
import { DomainRunner } from './domain.runner.js';
import { GoingDown } from './operations/going-down.js';

type Order = contracts.PlacedDomain;
type Answer = Promise<contracts.ObjectId>;

@Controller()
export class DomainHandlers {
  constructor(
    @Inject(DomainRunner) private readonly runner: DomainRunner,
    @Inject(Consoles) private readonly consoles: Consoles,
    @Inject(GoingDown) private readonly goingDown: GoingDown,
  ) {}

  @Handle(contracts.startPlacedDomain)
  start(order: contracts.StartPlacedDomain, context: MessageContext): Answer {
    return this.runner.start(order, context.commandId);
  }

  @Handle(contracts.shutdownPlacedDomain)
  shutdown(order: contracts.ShutdownPlacedDomain): Answer {
    return this.goingDown.ask('shutdown', order);
  }

  @Handle(contracts.destroyPlacedDomain)
  destroy(order: Order): Answer {
    return this.runner.perform('destroy', order);
  }

  @Handle(contracts.suspendPlacedDomain)
  suspend(order: Order): Answer {
    return this.runner.perform('suspend', order);
  }

  @Handle(contracts.resumePlacedDomain)
  resume(order: Order): Answer {
    return this.runner.perform('resume', order);
  }

  @Handle(contracts.rebootPlacedDomain)
  reboot(order: contracts.ShutdownPlacedDomain): Answer {
    return this.goingDown.ask('reboot', order);
  }

  @Handle(contracts.resetPlacedDomain)
  reset(order: Order): Answer {
    return this.runner.perform('reset', order);
  }

  @Handle(contracts.attachPlacedDevice)
  attachDevice(order: contracts.ChangePlacedDevice, context: MessageContext): Answer {
    return this.changeDevice('attach', order, context);
  }

  @Handle(contracts.detachPlacedDevice)
  detachDevice(order: contracts.ChangePlacedDevice, context: MessageContext): Answer {
    return this.changeDevice('detach', order, context);
  }

  @Handle(contracts.updatePlacedDevice)
  updateDevice(order: contracts.ChangePlacedDevice, context: MessageContext): Answer {
    return this.changeDevice('update', order, context);
  }

  @Handle(contracts.openConsole)
  async openConsole(question: contracts.OpenConsole): Promise<contracts.ConsoleSession> {
    const paths = this.runner.consoles(question.uuid);
    const [first] = Object.values(paths);
    const path = question.device === undefined ? first : paths[question.device];
    if (path === undefined) {
      const words =
        question.device === undefined ? 'character device is not using a PTY' : `cannot find character device ${question.device}`;
      throw new contracts.Refusal('operation_failed', `internal error: ${words}`, { libvirt: 1 });
    }
    return { subject: await this.consoles.open(path, question.force ?? false) };
  }

  @Handle(contracts.openGraphics)
  async openGraphics({ uuid }: contracts.OpenGraphics): Promise<contracts.ConsoleSession> {
    const place = this.runner.screen(uuid);
    if (place === undefined)
      throw new contracts.Refusal('operation_failed', 'internal error: no screen of this domain is shown over VNC', { libvirt: 1 });
    return { subject: await this.consoles.openScreen(uuid, place) };
  }

  private changeDevice(change: DeviceChange, order: contracts.ChangePlacedDevice, context: MessageContext): Answer {
    const { xml, alias } = order;
    return this.runner.changeDevice({ change, ...contracts.defined({ xml, alias }) }, order, context.commandId);
  }
}
