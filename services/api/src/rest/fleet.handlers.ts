import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RestCall } from './call.js';
import { routes } from './routes-table.js';
import { EventFeed } from './event-feed.js';
import { followEvents } from './event-stream.js';
import { FleetThings } from './fleet-things.js';
import { FromCall, Route } from './route.handlers.js';
import { send } from './send.js';
import { Streams } from './streams.js';

@Controller()
export class FleetRoutes {
  constructor(
    @Inject(FleetThings) private readonly things: FleetThings,
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(Streams) private readonly streams: Streams,
  ) {}

  @Route(routes.listPorts)
  listPorts(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.ports(call));
  }

  @Route(routes.listHosts)
  listHosts(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.hosts(call));
  }

  @Route(routes.getHost)
  getHost(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.host(call));
  }

  @Route(routes.listOperations)
  listOperations(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.operations(call));
  }

  @Route(routes.getOperation)
  getOperation(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.operation(call));
  }

  @Route(routes.listSecrets)
  listSecrets(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.secrets(call));
  }

  @Route(routes.getSecret)
  getSecret(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.secret(call));
  }

  @Route(routes.listTokens)
  listTokens(@Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.tokens());
  }

  @Route(routes.createToken)
  createToken(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.createToken(call));
  }

  @Route(routes.revokeToken)
  revokeToken(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.revokeToken(call));
  }

  @Route(routes.whoAmI)
  whoAmI(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.whoAmI(call));
  }

  @Route(routes.version)
  version(@Res() reply: FastifyReply): Promise<void> {
    return send(reply, this.things.version());
  }

  @Route(routes.followEvents)
  followEvents(@FromCall() call: RestCall, @Res() reply: FastifyReply): Promise<void> {
    return followEvents(call, reply, { feed: this.feed, memory: this.feed.memory, streams: this.streams });
  }
}
