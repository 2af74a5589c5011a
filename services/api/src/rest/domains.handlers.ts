import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RestCall } from './call.js';
import { routes } from './routes-table.js';
import { Domains } from './domains.js';
import { FromCall, Route } from './route.handlers.js';
import { send } from './send.js';

@Controller()
export class DomainRoutes {
  constructor(@Inject(Domains) private readonly domains: Domains) {}

  @Route(routes.listDomains)
  listDomains(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.list(call));
  }

  @Route(routes.defineDomain)
  defineDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.define(call));
  }

  @Route(routes.getDomain)
  getDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.get(call));
  }

  @Route(routes.getDomainXml)
  getDomainXml(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.xml(call));
  }

  @Route(routes.replaceDomain)
  replaceDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.replace(call));
  }

  @Route(routes.undefineDomain)
  undefineDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.undefine(call));
  }

  @Route(routes.getDomainStats)
  getDomainStats(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.stats(call));
  }

  @Route(routes.getFleetStats)
  getFleetStats(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.fleetStats(call));
  }

  @Route(routes.openConsole)
  openConsole(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.console(call));
  }

  @Route(routes.openGraphics)
  openGraphics(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.graphics(call));
  }
}
