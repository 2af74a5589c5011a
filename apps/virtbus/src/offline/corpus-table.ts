import type { SuiteResult } from './document-suites.js';

const configured = (what: string): string => `libvirt's test configures its host ${what}; here the definition alone decides`;

const noProcessor = 'recorded where QEMU was known but for its processors; here it is known whole or not at all';
const noQemu = 'recorded where nothing was known of QEMU; here the definition presumes one';

/** Why a case of libvirt's does not pass. None is treated apart: each is a difference that is known and kept. */
export const reasons: Readonly<Record<string, string>> = {
  arp: 'a gratuitous ARP packet is known by two fields that are equal, and nftables compares no field with another: refused in so many words',
  'audio-default-sdl': configured("with the user's own audio (QEMU_AUDIO_DRV)"),
  'audio-default-vnc': configured('so that guests with VNC are heard by ALSA'),
  'audio-spice-best': noQemu,
  'pcie-root-port-model-ioh3420': noProcessor,
  'pcie-switch-downstream-port': noProcessor,
  'pcihole64-q35': noProcessor,
  'q35-pci-force-address': noProcessor,
  'q35-usb2-multi': noProcessor,
  'vcpu-placement-static': noProcessor,
  'default-video-type-x86_64-caps-test-0': "the test's QEMU lacks Cirrus; the case does not say so",
  'graphics-spice-auto-socket-cfg': configured('so that SPICE listens at sockets'),
  'graphics-vnc-auto-socket-cfg': configured('so that VNC listens at sockets'),
  'graphics-vnc-tls': configured('with TLS for VNC'),
  'graphics-vnc-tls-secret': configured('with TLS and its secret for VNC'),
  'serial-tcp-tlsx509-chardev': configured('with TLS for character devices'),
};

/** A page with what passes of each suite, and what does not. */
export function corpusTable(results: readonly SuiteResult[]): string {
  const suites = results.toSorted((a, b) => (a.suite < b.suite ? -1 : 1));
  const summary = suites.map(({ suite, outcomes }) => `| ${suite} | ${outcomes.filter(isPassed).length} of ${outcomes.length} |`);
  const left = suites.flatMap(({ suite, outcomes }) =>
    outcomes.filter((one) => !isPassed(one)).map(({ name }) => `| ${suite} | ${name} | ${reasons[name] ?? 'not looked at yet'} |`),
  );
  return `# libvirt's own cases

What \`npm run corpus -- DIRECTORY\` finds in the test data of libvirt 9.0.0, where it lies beside the project. Written by a test.

| suite | pass |
|---|---|
${summary.join('\n')}

## What is left

| suite | case | why |
|---|---|---|
${left.join('\n')}
`;
}

const isPassed = ({ outcome }: SuiteResult['outcomes'][number]): boolean => outcome.type === 'passed';
