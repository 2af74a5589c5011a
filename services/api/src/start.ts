import { createService, type RunningService, type ServiceOptions } from '@virtbus/messaging';
import { ApiModule } from './api.module.js';

/** The api service, in this process. Several may run side by side. */
export const startApi = (options: Omit<ServiceOptions, 'service' | 'tokens'> = {}): Promise<RunningService> =>
  createService(ApiModule, { ...options, service: 'api' });
