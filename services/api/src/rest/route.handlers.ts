/** How a method becomes a route: its row says all that Nest, Fastify and OpenAPI have to know. */
import { applyDecorators, createParamDecorator, RequestMapping, RequestMethod, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { callOfRequest, type RestCall } from './call.js';
import type { RouteRow } from './route.js';

/** Where @nestjs/swagger looks for what a method is about. The package itself is for the documents: no service loads it. */
const API_OPERATION = 'swagger/apiOperation';

export const Route = (row: RouteRow): MethodDecorator =>
  applyDecorators(
    RequestMapping({ method: RequestMethod[row.method], path: row.path }),
    RouteConfig({ row }),
    SetMetadata(API_OPERATION, { summary: row.summary, tags: [row.tag] }),
  );

/** The call, once it has been let in. */
export const FromCall = createParamDecorator((_: unknown, context: ExecutionContext): RestCall =>
  callOfRequest(context.switchToHttp().getRequest<FastifyRequest>()),
);
