import { Controller, Inject, Res } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
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

  @Route(routes.startDomain)
  startDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.start(call));
  }

  @Route(routes.shutdownDomain)
  shutdownDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.order(call, contracts.shutdownDomain));
  }

  @Route(routes.destroyDomain)
  destroyDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.order(call, contracts.destroyDomain));
  }

  @Route(routes.suspendDomain)
  suspendDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.order(call, contracts.suspendDomain));
  }

  @Route(routes.resumeDomain)
  resumeDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.order(call, contracts.resumeDomain));
  }

  @Route(routes.rebootDomain)
  rebootDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.order(call, contracts.rebootDomain));
  }

  @Route(routes.resetDomain)
  resetDomain(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.order(call, contracts.resetDomain));
  }

  @Route(routes.setDomainAutostart)
  setDomainAutostart(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.domains.autostart(call));
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
