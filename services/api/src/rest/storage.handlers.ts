import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RestCall } from './call.js';
import { FromCall, Route } from './route.handlers.js';
import { routes } from './routes-table.js';
import { send } from './send.js';
import { Storage } from './storage.js';
import { Streams } from './streams.js';
import { downloadVolume, uploadVolume } from './volume-content.js';

@Controller()
export class StorageRoutes {
  constructor(
    @Inject(Storage) private readonly storage: Storage,
    @Inject(Streams) private readonly streams: Streams,
  ) {}

  @Route(routes.listPools)
  listPools(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.storage.pools(call));
  }

  @Route(routes.definePool)
  definePool(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.storage.define(call));
  }

  @Route(routes.getPool)
  getPool(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.storage.pool(call));
  }

  @Route(routes.listVolumes)
  listVolumes(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.storage.volumes(call));
  }

  @Route(routes.getVolume)
  getVolume(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.storage.volume(call));
  }

  @Route(routes.downloadVolume)
  downloadVolume(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return downloadVolume(call, reply, { storage: this.storage, streams: this.streams });
  }

  @Route(routes.uploadVolume)
  uploadVolume(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, uploadVolume(call, this.storage));
  }
}
