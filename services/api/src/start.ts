import { createService, type RunningService, type ServiceOptions } from '@virtbus/messaging';
import { ApiModule } from './api.module.js';
import { listeningOf, type Listening } from './rpc/listening.js';

export interface ApiOptions extends Omit<ServiceOptions, 'service' | 'tokens'> {
  /** Where libvirt's clients are served. Default: what the environment says (`VIRTBUS_RPC_…`, `VIRTBUS_STATE_DIR`). */
  readonly rpc?: Listening;
}

/** The api service, in this process. Several may run side by side. @throws when an address cannot be listened to */
export const startApi = ({ rpc, ...options }: ApiOptions = {}): Promise<RunningService> =>
  createService(ApiModule.of({ rpc: rpc ?? listeningOf(process.env) }), { ...options, service: 'api' });
