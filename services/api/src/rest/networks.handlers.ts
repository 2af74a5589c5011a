import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RestCall } from './call.js';
import { routes } from './routes-table.js';
import { Networks } from './networks.js';
import { FromCall, Route } from './route.handlers.js';
import { send } from './send.js';

@Controller()
export class NetworkRoutes {
  constructor(@Inject(Networks) private readonly networks: Networks) {}

  @Route(routes.listNetworks)
  listNetworks(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.list(call));
  }

  @Route(routes.defineNetwork)
  defineNetwork(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.define(call));
  }

  @Route(routes.getNetwork)
  getNetwork(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.get(call));
  }

  @Route(routes.getNetworkXml)
  getNetworkXml(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.xml(call));
  }

  @Route(routes.replaceNetwork)
  replaceNetwork(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.replace(call));
  }

  @Route(routes.undefineNetwork)
  undefineNetwork(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.undefine(call));
  }
}
