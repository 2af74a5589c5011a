import type { EmulatorCapabilities } from '../assign/capabilities.js';
import type { DomainDef } from '../domain/domain.js';
import { addressRules } from './addresses.js';
import { bootRules } from './boot.js';
import { characterRules } from './characters.js';
import { deviceRules } from './devices.js';
import { diskRules } from './disks.js';
import { firmwareRules } from './firmware.js';
import { hostDeviceRules } from './host-devices.js';
import { interfaceRules } from './interfaces.js';
import { lifecycleRules } from './lifecycle.js';
import { resourceRules } from './resources.js';
import { screenRules } from './screens.js';
import { unsupported, type Rule } from './rule.js';

/** Accelerators by the type of domain that needs them. */
const hypervisors = ['qemu', 'kvm', 'hvf'];

const hypervisor: Rule = ({ type }) =>
  hypervisors.includes(type) ? undefined : unsupported('', `domain type '${type}' is not supported by QEMU`);

function forEmulator(capabilities: EmulatorCapabilities): Rule {
  return ({ type, devices, os, vcpu }) => {
    const emulator = devices.emulator ?? capabilities.binary;
    const runs = [capabilities.target, ...(capabilities.target === 'x86_64' ? ['i686'] : [])];
    if (os.type.arch !== undefined && !runs.includes(os.type.arch)) {
      return unsupported('os/type', `Emulator '${emulator}' does not support arch '${os.type.arch}'`);
    }
    const machine = capabilities.machines.find(({ name, alias }) => name === os.type.machine || alias === os.type.machine);
    if (!machine) return unsupported('os/type', `Emulator '${emulator}' does not support machine type '${os.type.machine ?? ''}'`);
    if (vcpu.value > (machine.cpuMax ?? vcpu.value)) {
      return unsupported('vcpu', `Maximum CPUs greater than specified machine type limit ${machine.cpuMax}`);
    }
    return type === 'hvf' ? unsupported('', `Emulator '${emulator}' does not support virt type '${type}'`) : undefined;
  };
}

const rules: readonly Rule[] = [
  hypervisor,
  ...bootRules,
  ...firmwareRules,
  ...lifecycleRules,
  ...resourceRules,
  ...diskRules,
  ...interfaceRules,
  ...hostDeviceRules,
  ...screenRules,
  ...deviceRules,
  ...characterRules,
  ...addressRules,
];

/**
 * Checks a complete definition, as `assignDefaults` returns it, for what libvirt refuses when a domain is defined.
 * @throws LibvirtError with libvirt's number and the path of the element at fault.
 */
export function validateDomain(def: DomainDef, capabilities?: EmulatorCapabilities): void {
  for (const rule of capabilities ? [forEmulator(capabilities), ...rules] : rules) {
    const found = rule(def);
    if (found) throw found;
  }
}
