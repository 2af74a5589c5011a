/** What QEMU cannot do about the domain's life, its clock, and features of other architectures. */
import { unsupported, type Rule } from './rule.js';

const actions: Rule = ({ onPoweroff, onReboot, onCrash }) => {
  if ([onPoweroff, onReboot, onCrash].includes('rename-restart')) {
    return unsupported('', "qemu driver doesn't support the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'");
  }
  if (onPoweroff === 'preserve' || onReboot === 'preserve') {
    return unsupported('', "qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'");
  }
  const crossed = onReboot === 'destroy' && onPoweroff === 'restart';
  return crossed
    ? unsupported('on_reboot', "qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'")
    : undefined;
};

const timers: Rule = (def) => {
  for (const [index, { name }] of def.clock.timer.entries()) {
    const path = `clock/timer[${index + 1}]`;
    if (name === 'platform') return unsupported(path, `unsupported timer type (name) '${name}'`);
    if (name !== 'armvtimer') continue;
    const guest = `virtType=${def.type} arch=${def.os.type.arch ?? ''} machine=${def.os.type.machine ?? ''}`;
    return unsupported(path, `Configuring the '${name}' timer is not supported for ${guest} guests`);
  }
  return undefined;
};

const elsewhere = {
  gic: 'gic',
  hpt: 'hpt',
  htm: 'htm',
  nestedHv: 'nested-hv',
  ccfAssist: 'ccf-assist',
  cfpc: 'cfpc',
  sbbc: 'sbbc',
  ibs: 'ibs',
} as const;

const features: Rule = ({ features: given, os }) => {
  for (const [key, name] of Object.entries(elsewhere)) {
    if (!given || !(key in given)) continue;
    const guest = `architecture '${os.type.arch ?? ''}' or machine type '${os.type.machine ?? ''}'`;
    return unsupported(`features/${name}`, `The '${name}' feature is not supported for ${guest}`);
  }
  return undefined;
};

export const lifecycleRules: readonly Rule[] = [actions, timers, features];
