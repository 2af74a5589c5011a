import { device, type Argv } from '../argv/options.js';
import { aliasOf, type Builder, type Context } from '../context.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';

const drivers = { i6300esb: 'i6300esb', ib700: 'ib700', diag288: undefined, itco: undefined } as const;

/** Acts when the guest stops making signs of life. */
export const watchdog: Builder = (context) => {
  const { watchdog: one } = context.domain.devices;
  if (!one) return [];
  const at = '/domain/devices/watchdog';
  const driver = drivers[one.model];
  if (one.model === 'diag288') throw unsupported(at, "x86 has no watchdog of model 'diag288'");
  const own: Argv = driver === undefined ? [] : device({ driver, id: aliasOf(one, at), ...addressProps(context, one, at) });
  return [...own, ...actionOf(context, one.action)];
};

type Action = NonNullable<Context['domain']['devices']['watchdog']>['action'];

/** The host itself dumps: QEMU only stops the guest for it. */
const actionOf = (_context: Context, action: Action): Argv => ['-watchdog-action', action === 'dump' ? 'pause' : action];
