import type { EmulatorFacts, HostFacts } from '@virtbus/contracts';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;');

/** What the whole fleet is known to offer. Clients read from it which kinds of guests there can be. */
export function capabilitiesXml(hosts: readonly HostFacts[], emulators: readonly EmulatorFacts[]): string {
  const archs = [...new Set(hosts.map((host) => host.arch))].toSorted();
  const targets = [...new Set(emulators.map((emulator) => emulator.target))].toSorted();
  return `<capabilities>

  <host>
    <cpu>
      <arch>${escaped(archs[0] ?? 'x86_64')}</arch>
    </cpu>
  </host>

${targets.map((target) => guestXml(target, hosts, emulators)).join('\n')}</capabilities>
`;
}

function guestXml(target: string, hosts: readonly HostFacts[], emulators: readonly EmulatorFacts[]): string {
  const ofTarget = emulators.filter((emulator) => emulator.target === target);
  const kvm = hosts.some((host) => host.kvm && host.arch === target);
  const machines = ofTarget[0]?.machines.filter((machine) =>
    ofTarget.every((each) => each.machines.some(({ name }) => name === machine.name)),
  );
  return `  <guest>
    <os_type>hvm</os_type>
    <arch name='${escaped(target)}'>
      <wordsize>${/64|s390x/.test(target) ? 64 : 32}</wordsize>
      <emulator>${escaped(ofTarget[0]?.binary ?? '')}</emulator>
${(machines ?? []).flatMap(machineXml).join('\n')}
      <domain type='qemu'/>
${kvm ? "      <domain type='kvm'/>\n" : ''}    </arch>
    <features>
      <acpi default='on' toggle='yes'/>
      <apic default='on' toggle='no'/>
    </features>
  </guest>
`;
}

const machineXml = ({ name, alias }: { readonly name: string; readonly alias?: string }): string[] => [
  `      <machine>${escaped(name)}</machine>`,
  ...(alias === undefined ? [] : [`      <machine canonical='${escaped(name)}'>${escaped(alias)}</machine>`]),
];
