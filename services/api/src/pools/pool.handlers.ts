import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle, type MessageContext } from '@virtbus/messaging';
import { PoolRunner, type PoolChange } from './pool.runner.js';
import { VolumeRunner } from './volume.runner.js';

const events = {
  defined: contracts.poolDefined,
  undefined: contracts.poolUndefined,
  started: contracts.poolStarted,
  stopped: contracts.poolStopped,
  created: contracts.poolCreated,
  deleted: contracts.poolDeleted,
  refreshed: contracts.poolRefreshed,
} as const;

type Answer = Promise<contracts.PoolLooked>;

/** Commands about storage pools and volumes. Each change of a pool is told as an event before the command's outcome is. */
@Controller()
export class PoolHandlers {
  constructor(
    @Inject(PoolRunner) private readonly runner: PoolRunner,
    @Inject(VolumeRunner) private readonly volumes: VolumeRunner,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.definePool)
  async define({ xml, project }: contracts.DefinePool, context: MessageContext): Answer {
    return this.tell(await this.runner.define(xml, project), context);
  }

  @Handle(contracts.createPool)
  async create({ xml, ...options }: contracts.CreatePool, context: MessageContext): Answer {
    return this.tell(await this.runner.create(xml, options), context);
  }

  @Handle(contracts.undefinePool)
  async undefine({ pool }: contracts.PoolRef, context: MessageContext): Answer {
    return this.tell(await this.runner.undefine(pool), context);
  }

  @Handle(contracts.buildPool)
  async build({ pool, build }: contracts.StartPool, context: MessageContext): Answer {
    return this.tell(await this.runner.build(pool, build), context);
  }

  @Handle(contracts.startPool)
  async start({ pool, build }: contracts.StartPool, context: MessageContext): Answer {
    return this.tell(await this.runner.start(pool, build), context);
  }

  @Handle(contracts.destroyPool)
  async destroy({ pool }: contracts.PoolRef, context: MessageContext): Answer {
    return this.tell(await this.runner.destroy(pool), context);
  }

  @Handle(contracts.deletePool)
  async delete({ pool }: contracts.PoolRef, context: MessageContext): Answer {
    return this.tell(await this.runner.delete(pool), context);
  }

  @Handle(contracts.refreshPool)
  async refresh({ pool }: contracts.PoolRef, context: MessageContext): Answer {
    return this.tell(await this.runner.refresh(pool), context);
  }

  @Handle(contracts.setPoolAutostart)
  async autostart({ pool, autostart }: contracts.SetPoolAutostart): Answer {
    const { uuid, name } = await this.runner.record(pool);
    await this.runner.setAutostart(uuid, autostart);
    return { uuid, name };
  }

  @Handle(contracts.createVolume)
  createVolume(command: contracts.CreateVolume): Promise<contracts.VolumeId> {
    return this.volumes.create(command);
  }

  @Handle(contracts.deleteVolume)
  deleteVolume(command: contracts.VolumeRef): Promise<contracts.VolumeId> {
    return this.volumes.delete(command);
  }

  @Handle(contracts.resizeVolume)
  resizeVolume(command: contracts.ResizeVolume): Promise<contracts.VolumeId> {
    return this.volumes.resize(command);
  }

  @Handle(contracts.wipeVolume)
  wipeVolume(command: contracts.VolumeRef): Promise<contracts.VolumeId> {
    return this.volumes.wipe(command);
  }

  private async tell(changes: readonly PoolChange[], context: MessageContext): Answer {
    let answer: contracts.PoolLooked = { uuid: '', name: '' };
    for (const { what, record, looked = {} } of changes) {
      const subject = { uuid: record.uuid, name: record.name };
      answer = { ...subject, ...looked };
      const options = { tokens: { uuid: record.uuid }, causedBy: context.commandId };
      await this.bus.publish(events[what], { ...subject, at: new Date().toISOString() }, options);
    }
    return answer;
  }
}
