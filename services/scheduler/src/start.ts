import { createService, type RunningService, type ServiceOptions } from '@virtbus/messaging';
import { SchedulerModule } from './scheduler.module.js';

/** The scheduler, in this process. Several may run side by side. */
export const startScheduler = (options: Omit<ServiceOptions, 'service' | 'tokens'> = {}): Promise<RunningService> =>
  createService(SchedulerModule, { ...options, service: 'scheduler' });
