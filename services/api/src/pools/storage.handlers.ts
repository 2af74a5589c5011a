import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { StorageReader } from './storage.reader.js';

@Controller()
export class StorageHandlers {
  constructor(@Inject(StorageReader) private readonly reader: StorageReader) {}

  @Handle(contracts.listPools)
  async pools(question: contracts.PageQuestion): Promise<contracts.PoolList> {
    return this.reader.pools(question);
  }

  @Handle(contracts.getPool)
  pool(question: contracts.PoolRef): Promise<contracts.PoolDetail> {
    return this.reader.pool(question.pool);
  }

  @Handle(contracts.listVolumes)
  volumes(question: contracts.ListVolumes): Promise<contracts.VolumeList> {
    return this.reader.volumes(question);
  }

  @Handle(contracts.getVolume)
  volume(question: contracts.VolumeRef): Promise<contracts.VolumeRecord> {
    return this.reader.volume(question.pool, question.volume);
  }
}
