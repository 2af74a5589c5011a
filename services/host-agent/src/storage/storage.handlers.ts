import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { Storage } from './storage.js';

@Controller()
export class StorageHandlers {
  constructor(@Inject(Storage) private readonly storage: Storage) {}

  @Handle(contracts.buildHostPool)
  build(order: contracts.BuildHostPool): Promise<object> {
    return this.storage.build(order);
  }

  @Handle(contracts.removeHostPool)
  remove(order: contracts.HostPool): Promise<object> {
    return this.storage.remove(order);
  }

  @Handle(contracts.lookAtHostPool)
  look(order: contracts.HostPool): Promise<contracts.Looked> {
    return this.storage.facts.look(order);
  }

  @Handle(contracts.makeHostVolume)
  make(order: contracts.MakeHostVolume): Promise<contracts.Looked> {
    return this.storage.make(order);
  }

  @Handle(contracts.removeHostVolume)
  removeVolume(order: contracts.HostVolume): Promise<contracts.Looked> {
    return this.storage.removeVolume(order);
  }

  @Handle(contracts.resizeHostVolume)
  resize(order: contracts.ResizeHostVolume): Promise<contracts.Looked> {
    return this.storage.resize(order);
  }

  @Handle(contracts.wipeHostVolume)
  wipe(order: contracts.HostVolume): Promise<contracts.Looked> {
    return this.storage.wipe(order);
  }

  @Handle(contracts.lookAtHostVolume)
  lookAt(order: contracts.HostVolume): Promise<contracts.VolumeRecord> {
    return this.storage.look(order);
  }

  @Handle(contracts.downloadHostVolume)
  download(order: contracts.OpenHostVolume): Promise<contracts.VolumeSession> {
    return this.storage.download(order);
  }

  @Handle(contracts.uploadHostVolume)
  upload(order: contracts.OpenHostVolume): Promise<contracts.VolumeSession> {
    return this.storage.upload(order);
  }
}
