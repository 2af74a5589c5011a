import { createService, type RunningService, type ServiceOptions } from '@virtbus/messaging';
import { NetdModule } from './netd.module.js';

/** netd, in this process. Several may run side by side. */
export const startNetd = (options: Omit<ServiceOptions, 'service' | 'tokens'> = {}): Promise<RunningService> =>
  createService(NetdModule, { ...options, service: 'netd' });
