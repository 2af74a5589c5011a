import { connectProcedures } from '../tables/connect-procedures-table.js';
import type { AuthGate } from './auth-gate.js';
import { routesOf, type Routes } from './routes.js';

const { auth_list, auth_sasl_init, auth_sasl_start, auth_sasl_step, auth_polkit } = connectProcedures;
const procedures = { auth_list, auth_sasl_init, auth_sasl_start, auth_sasl_step, auth_polkit };

/** `nil` tells no data from empty data; no mechanism here makes a difference of that. */
export const authenticationRoutes: Routes<AuthGate> = routesOf<typeof procedures, AuthGate>(procedures, {
  auth_list: (_, gate) => ({ types: gate.types }),
  auth_sasl_init: (_, gate) => ({ mechlist: gate.mechanisms() }),
  auth_sasl_start: ({ mech, data }, gate) => gate.start(mech, data),
  auth_sasl_step: ({ data }, gate) => gate.step(data),
});
