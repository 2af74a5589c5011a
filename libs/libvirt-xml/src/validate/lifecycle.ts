/** What QEMU cannot do about the domain's life, its clock, and features of other architectures. */
import type { DomainDef } from '../domain/domain.js';
import { banned, unsupported, type Ban, type Rule } from './rule.js';

const renaming = "qemu driver doesn't support the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'";

const actions: readonly Ban<DomainDef>[] = [
  { when: (def) => [def.onPoweroff, def.onReboot, def.onCrash].includes('rename-restart'), words: renaming },
  {
    when: ({ onPoweroff, onReboot }) => onPoweroff === 'preserve' || onReboot === 'preserve',
    words: "qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'",
  },
  {
    at: 'on_reboot',
    when: ({ onPoweroff, onReboot }) => onReboot === 'destroy' && onPoweroff === 'restart',
    words: "qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'",
  },
];

const guestOf = ({ type, os }: DomainDef): string => `virtType=${type} arch=${os.type.arch ?? ''} machine=${os.type.machine ?? ''}`;
type Timer = DomainDef['clock']['timer'][number];
const timer = ({ clock }: DomainDef, name: string): Timer | undefined => clock.timer.find((one) => one.name === name);
const has = (def: DomainDef, name: string): boolean => timer(def, name) !== undefined;
const policy = (def: DomainDef, name: string): string => timer(def, name)?.tickpolicy ?? '';

const hasTunedFrequency = ({ clock }: DomainDef): string | undefined =>
  clock.timer.find(({ name, frequency }) => frequency !== undefined && name !== 'tsc')?.name;

const timers: readonly Ban<DomainDef>[] = [
  {
    at: 'clock/timer/@frequency',
    when: (def) => hasTunedFrequency(def) !== undefined,
    words: (def) => `timer ${hasTunedFrequency(def)} doesn't support setting of timer frequency`,
  },
  { at: 'clock/timer', when: (def) => has(def, 'platform'), words: "unsupported timer type (name) 'platform'" },
  {
    at: 'clock/timer',
    when: (def) => has(def, 'armvtimer'),
    words: (def) => `Configuring the 'armvtimer' timer is not supported for ${guestOf(def)} guests`,
  },
  { at: 'clock/timer', when: (def) => timer(def, 'rtc')?.track === 'boot', words: "unsupported rtc timer track 'boot'" },
  {
    at: 'clock/timer',
    when: (def) => ['merge', 'discard'].includes(policy(def, 'rtc')),
    words: (def) => `unsupported rtc timer tickpolicy '${policy(def, 'rtc')}'`,
  },
  { at: 'clock/timer', when: (def) => policy(def, 'pit') === 'merge', words: "unsupported pit tickpolicy 'merge'" },
];

const accelerated: readonly Ban<DomainDef>[] = [
  {
    at: 'features/tcg',
    when: ({ type, features: given }) => type !== 'qemu' && given?.tcg !== undefined,
    words: ({ type }) => `TCG features are incompatible with domain type '${type}'`,
  },
  {
    at: 'launchSecurity',
    when: ({ launchSecurity }) => launchSecurity?.type === 's390-pv',
    words: 'S390 PV launch security is not supported with this QEMU binary',
  },
];

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
  const found = Object.entries(elsewhere).find(([key]) => given !== undefined && key in given);
  if (!found) return undefined;
  const guest = `architecture '${os.type.arch ?? ''}' or machine type '${os.type.machine ?? ''}'`;
  return unsupported(`features/${found[1]}`, `The '${found[1]}' feature is not supported for ${guest}`);
};

export const lifecycleRules: readonly Rule[] = [banned(actions), banned(timers), banned(accelerated), features];
