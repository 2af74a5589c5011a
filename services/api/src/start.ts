import { createService, type RunningService, type ServiceOptions } from '@virtbus/messaging';
import { ApiModule } from './api.module.js';
import { restListeningOf, type RestListening } from './rest/listening.js';
import { RestGateway } from './rest/rest-gateway.js';
import { listeningOf, type Listening } from './rpc/listening.js';

export interface ApiOptions extends Omit<ServiceOptions, 'service' | 'tokens'> {
  /** Where libvirt's clients are served. Default: what the environment says (`VIRTBUS_RPC_…`, `VIRTBUS_STATE_DIR`). */
  readonly rpc?: Listening;
  /** Where REST is served. Default: what the environment says (`VIRTBUS_REST_…`, `VIRTBUS_STATE_DIR`). */
  readonly rest?: RestListening;
}

export interface RunningApi extends RunningService {
  /** Where a client of REST finds it: `unix:/path`, `http://host:port`. */
  readonly rest: readonly string[];
}

/** The api service, in this process. Several may run side by side. @throws when an address cannot be listened to */
export async function startApi({ rpc, rest, ...options }: ApiOptions = {}): Promise<RunningApi> {
  const module = ApiModule.of({ rpc: rpc ?? listeningOf(process.env), rest: rest ?? restListeningOf(process.env) });
  const service = await createService(module, { ...options, service: 'api' });
  return { ...service, rest: service.app.get(RestGateway).addresses };
}
