import { Controller, Inject, Res } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
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

  @Route(routes.startNetwork)
  startNetwork(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.order(call, contracts.startNetwork));
  }

  @Route(routes.destroyNetwork)
  destroyNetwork(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.order(call, contracts.destroyNetwork));
  }

  @Route(routes.setNetworkAutostart)
  setNetworkAutostart(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.autostart(call));
  }

  @Route(routes.listLeases)
  listLeases(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.networks.leases(call));
  }
}
