/** Firmware of the reference host, in its order of preference: SeaBIOS, and OVMF with and without secure boot. */
import type { FirmwareDescriptor, FirmwareTarget } from '../firmware/descriptor.js';

const q35: FirmwareTarget = { architecture: 'x86_64', machines: ['pc-q35-*'] };
const anyBoard: FirmwareTarget = { architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] };

const flash = (code: string, variables: string | undefined, features: readonly string[]): FirmwareDescriptor => ({
  'interface-types': ['uefi'],
  mapping: {
    device: 'flash',
    mode: variables === undefined ? 'stateless' : 'split',
    executable: { filename: `/usr/share/OVMF/${code}`, format: 'raw' },
    ...(variables !== undefined && { 'nvram-template': { filename: `/usr/share/OVMF/${variables}`, format: 'raw' } }),
  },
  targets: [features.includes('requires-smm') ? q35 : anyBoard],
  features,
});

export const referenceFirmwares: readonly FirmwareDescriptor[] = [
  {
    'interface-types': ['bios'],
    mapping: { device: 'memory', filename: '/usr/share/seabios/bios-256k.bin' },
    targets: [anyBoard, { architecture: 'i386', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
    features: ['acpi-s3', 'acpi-s4'],
  },
  flash('OVMF.sev.fd', undefined, ['amd-sev', 'amd-sev-es']),
  flash('OVMF_CODE.secboot.fd', 'OVMF_VARS.secboot.fd', ['acpi-s3', 'amd-sev', 'enrolled-keys', 'requires-smm', 'secure-boot']),
  flash('OVMF_CODE.secboot.fd', 'OVMF_VARS.fd', ['acpi-s3', 'amd-sev', 'requires-smm', 'secure-boot']),
  flash('OVMF_CODE.fd', 'OVMF_VARS.fd', ['acpi-s3', 'amd-sev', 'amd-sev-es']),
];
