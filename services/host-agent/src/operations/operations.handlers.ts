import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { Operations } from './operations.js';

type Done = Promise<contracts.ObjectId>;

@Controller()
export class OperationHandlers {
  constructor(@Inject(Operations) private readonly operations: Operations) {}

  @Handle(contracts.sendPlacedKeys)
  sendKeys(order: contracts.PlacedKeys): Done {
    return this.operations.sendKeys(order);
  }

  @Handle(contracts.resizePlacedDisk)
  resizeDisk(order: contracts.PlacedDiskSize): Done {
    return this.operations.resizeDisk(order);
  }

  @Handle(contracts.injectPlacedNmi)
  injectNmi(order: contracts.PlacedDomain): Done {
    return this.operations.injectNmi(order);
  }

  @Handle(contracts.setPlacedThreshold)
  setThreshold(order: contracts.PlacedBlockThreshold): Done {
    return this.operations.setThreshold(order);
  }

  @Handle(contracts.putPlacedToSleep)
  putToSleep(order: contracts.PlacedSleep): Done {
    return this.operations.putToSleep(order);
  }

  @Handle(contracts.wakePlaced)
  wake(order: contracts.PlacedDomain): Done {
    return this.operations.wake(order);
  }

  @Handle(contracts.runPlacedMonitor)
  monitor(order: contracts.PlacedMonitorCommand): Promise<contracts.CommandOutput> {
    return this.operations.monitor(order);
  }

  @Handle(contracts.runPlacedAgent)
  agent(order: contracts.PlacedAgentCommand): Promise<contracts.CommandOutput> {
    return this.operations.agent(order);
  }

  @Handle(contracts.setPlacedTime)
  setTime(order: contracts.PlacedGuestTime): Done {
    return this.operations.setTime(order);
  }

  @Handle(contracts.setPlacedMemory)
  setMemory(order: contracts.PlacedMemory): Done {
    return this.operations.setMemory(order);
  }

  @Handle(contracts.setPlacedVcpus)
  setVcpus(order: contracts.PlacedVcpus): Done {
    return this.operations.setVcpus(order);
  }

  @Handle(contracts.tunePlacedInterface)
  tuneInterface(order: contracts.PlacedTuning): Done {
    return this.operations.tuneInterface(order);
  }

  @Handle(contracts.tunePlacedDisk)
  tuneDisk(order: contracts.PlacedDiskTuning): Done {
    return this.operations.tuneDisk(order);
  }

  @Handle(contracts.pinPlacedThread)
  pinThread(order: contracts.PlacedPin): Done {
    return this.operations.pinThread(order);
  }

  @Handle(contracts.setPlacedMetadata)
  setMetadata(order: contracts.PlacedMetadata): Done {
    return this.operations.setMetadata(order);
  }

  @Handle(contracts.readHostStats)
  async stats({ uuids, groups }: contracts.HostStatsQuestion): Promise<contracts.DomainStatsList> {
    return { records: await this.operations.stats(uuids, groups) };
  }

  @Handle(contracts.readCardFilter)
  cardFilter(question: contracts.CardFilterQuestion): Promise<contracts.CardFilter> {
    return this.operations.cardFilter(question);
  }

  @Handle(contracts.takeHostScreenshot)
  screenshot(question: contracts.HostScreenshotQuestion): Promise<contracts.Screenshot> {
    return this.operations.screenshot(question);
  }
}
