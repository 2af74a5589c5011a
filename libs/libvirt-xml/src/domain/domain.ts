import { attr, child, children, content, size } from '../model/field.js';
import { element, foreign, leaf, sized, type FieldsValue } from '../model/element.js';
import { filled, int, oneOf, text, uint, yesNo, onOff } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { cpuset } from '../formats/cpuset.js';
import { uuid } from '../formats/uuid.js';
import { devices } from '../devices/devices.js';
import { clock } from './clock.js';
import { cpu } from './cpu.js';
import { tidyDomain } from './domain-rules.js';
import { features } from './features.js';
import { sysinfo } from './identity.js';
import { os } from './os.js';
import { qemuFields } from './qemu-namespace.js';
import { keywrap, launchSecurity, seclabel } from './security.js';
import { blkiotune, cputune, memoryBacking, memtune, numatune } from './tuning.js';

const types = [
  'qemu',
  'kvm',
  'hvf',
  'kqemu',
  'xen',
  'lxc',
  'uml',
  'openvz',
  'test',
  'vmware',
  'hyperv',
  'vbox',
  'phyp',
  'parallels',
  'bhyve',
  'vz',
] as const;

const vcpu = element({
  placement: attr(oneOf('static', 'auto'), { invalid: (given, at) => unsupported(at, `Unsupported CPU placement mode '${given}'`) }),
  cpuset: attr(cpuset),
  current: attr(uint(), { invalid: (_, at) => xmlError(at, 'current vCPUs must be an integer') }),
  value: content(uint(), { fallback: 1, invalid: (_, at) => xmlError(at, 'maximum vcpus count must be an integer') }),
});

const oneVcpu = element({
  id: attr(uint(), { required: true }),
  enabled: attr(yesNo, { required: true }),
  hotpluggable: attr(yesNo),
  order: attr(uint({ min: 1 })),
});

const poolSize = (xml: string) => attr(int({ min: -1 }), { xml, blank: [-1] });
const pool = { threadPoolMin: poolSize('thread_pool_min'), threadPoolMax: poolSize('thread_pool_max') };

const iothreadids = element(
  { iothread: children(element({ id: attr(uint({ min: 1 }), { required: true }), ...pool })) },
  { emptyIsAbsent: true },
);

const resource = element(
  { partition: child(leaf(filled)), fibrechannel: child(element({ appid: attr(filled, { required: true }) })) },
  { emptyIsAbsent: true },
);

const action = oneOf('destroy', 'restart', 'rename-restart', 'preserve');
const crashAction = oneOf('destroy', 'restart', 'rename-restart', 'preserve', 'coredump-destroy', 'coredump-restart');
const unknownAction = (name: string) => ({ invalid: (given: string, at: Place) => unsupported(at, `unknown ${name} action: ${given}`) });
const lockAction = oneOf('poweroff', 'restart', 'pause', 'ignore');

const sleep = (xml: string) => child(element({ enabled: attr(yesNo) }, { emptyIsAbsent: true }), { xml });
const pm = element({ suspendToMem: sleep('suspend-to-mem'), suspendToDisk: sleep('suspend-to-disk') }, { emptyIsAbsent: true });

const perfEvents = [
  'cmt',
  'mbmt',
  'mbml',
  'cpu_cycles',
  'instructions',
  'cache_references',
  'cache_misses',
  'branch_instructions',
  'branch_misses',
  'bus_cycles',
  'stalled_cycles_frontend',
  'stalled_cycles_backend',
  'ref_cpu_cycles',
  'cpu_clock',
  'task_clock',
  'page_faults',
  'context_switches',
  'cpu_migrations',
  'page_faults_min',
  'page_faults_maj',
  'alignment_faults',
  'emulation_faults',
] as const;

const perf = element(
  { event: children(element({ name: attr(oneOf(...perfEvents), { required: true }), enabled: attr(yesNo, { required: true }) })) },
  { emptyIsAbsent: true },
);

const idRange = element({
  start: attr(uint(), { required: true }),
  target: attr(uint(), { required: true }),
  count: attr(uint(), { required: true }),
});
const idmap = element({ uid: children(idRange), gid: children(idRange) }, { emptyIsAbsent: true });

const memorySize = size({ unit: 'KiB' });
const NAME_MISSING = 'missing name information';

export const domainFields = {
  type: attr(oneOf(...types), { required: true }),
  id: attr(int(), { live: true }),
  name: child(leaf(text), { required: (at) => fault(at, 'NO_NAME', NAME_MISSING) }),
  uuid: child(leaf(uuid, { invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `malformed uuid element '${given}'`) })),
  genid: child(
    leaf(
      { ...uuid, read: (given: string) => uuid.read(given) },
      { invalid: (_, at) => fault(at, 'INTERNAL_ERROR', 'malformed genid element') },
    ),
  ),
  title: child(leaf(filled)),
  description: child(leaf(filled)),
  metadata: child(foreign),
  maxMemory: child(element({ slots: attr(uint(), { required: true }), value: size({ unit: 'KiB', required: true }) })),
  memory: child(element({ dumpCore: attr(onOff), value: memorySize })),
  currentMemory: child(sized({ unit: 'KiB' })),
  blkiotune: child(blkiotune),
  memtune: child(memtune),
  memoryBacking: child(memoryBacking),
  vcpu: child(vcpu, { always: true }),
  vcpus: child(element({ vcpu: children(oneVcpu) }, { emptyIsAbsent: true })),
  iothreads: child(leaf(uint(), { blank: [0], invalid: (given, at) => xmlError(at, `invalid iothreads count '${given}'`) })),
  iothreadids: child(iothreadids),
  defaultiothread: child(element(pool, { emptyIsAbsent: true })),
  cputune: child(cputune),
  numatune: child(numatune),
  resource: child(resource),
  sysinfo: children(sysinfo),
  bootloader: child(leaf(filled)),
  bootloaderArgs: child(leaf(filled), { xml: 'bootloader_args' }),
  os: child(os, { required: (at) => xmlError(at, 'an os <type> must be specified') }),
  idmap: child(idmap),
  features: child(features),
  cpu: child(cpu),
  clock: child(clock, { always: true }),
  onPoweroff: child(leaf(action, unknownAction('on_poweroff')), { xml: 'on_poweroff', fallback: 'destroy' }),
  onReboot: child(leaf(action, unknownAction('on_reboot')), { xml: 'on_reboot', fallback: 'restart' }),
  onCrash: child(leaf(crashAction, unknownAction('on_crash')), { xml: 'on_crash', fallback: 'destroy' }),
  onLockfailure: child(leaf(lockAction), { xml: 'on_lockfailure' }),
  pm: child(pm),
  perf: child(perf),
  devices: child(devices, { always: true }),
  seclabel: children(seclabel),
  ...qemuFields,
  keywrap: child(keywrap),
  launchSecurity: child(launchSecurity),
};

export type DomainDef = FieldsValue<typeof domainFields>;

/** A guest and everything that it has. */
export const domain = element(domainFields, { refine: tidyDomain });
