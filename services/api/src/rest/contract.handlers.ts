/** The controller of the routes that contracts say all about: one method per row, by the row's name. */
import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RestCall } from './call.js';
import { ContractCalls } from './contract-calls.js';
import { contractRows, type ContractRow } from './contract-rows-table.js';
import { FromCall, Route } from './route.handlers.js';
import { send } from './send.js';

@Controller()
export class ContractRoutes {
  constructor(@Inject(ContractCalls) readonly calls: ContractCalls) {}
}

for (const [name, row] of Object.entries<ContractRow>(contractRows)) {
  const method = {
    // By its name Nest and OpenAPI know it.
    [name](this: ContractRoutes, call: RestCall, reply: FastifyReply): Promise<void> {
      return send(reply, this.calls.carryOut(call, row));
    },
  };
  const descriptor: PropertyDescriptor = { configurable: true, writable: true, value: method[name] };
  Object.defineProperty(ContractRoutes.prototype, name, descriptor);
  Route(row)(ContractRoutes.prototype, name, descriptor);
  FromCall()(ContractRoutes.prototype, name, 0);
  Res()(ContractRoutes.prototype, name, 1);
}
