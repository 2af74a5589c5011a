import type { Keys } from '@virtbus/contracts';
import type { LiveGuest } from '../live-guest.js';
import { qemuKeys } from './keycodes.js';

/** Presses all of the keys at once and lets them go. @throws Refusal, QmpError */
export async function sendKeys({ monitor }: LiveGuest, keys: Keys): Promise<void> {
  const pressed = qemuKeys(keys).map((number) => ({ type: 'number', data: number }));
  await monitor.call('send-key', { keys: pressed, ...(keys.holdMs === undefined ? {} : { 'hold-time': keys.holdMs }) });
}
