/** Definitions that were given to libvirt 9.0 and to us, with libvirt's verdict: fixtures/compared, one a line, by kind. */
export interface ComparedDefinition {
  readonly name: string;
  /** `qemu` unless given. */
  readonly type?: 'kvm';
  /** `pc-i440fx-7.2` unless given. */
  readonly machine?: string;
  /** More attributes of `<domain>`. */
  readonly attributes?: string;
  /** Elements that stand in the place of a GiB of memory, and of two processors. */
  readonly memory?: string;
  readonly vcpu?: string;
  readonly general?: string;
  readonly os?: string;
  readonly devices?: string;
  /** libvirt's error number when the domain is defined, and the path that we give; absent when it is accepted. */
  readonly refused?: number;
  readonly path?: string;
}

export const parseCompared = (lines: string): readonly ComparedDefinition[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line): ComparedDefinition => JSON.parse(line));

export function documentOf(given: ComparedDefinition): string {
  const { type = 'qemu', machine = 'pc-i440fx-7.2', attributes = '', general = '', os = '', devices = '' } = given;
  const { memory = "<memory unit='MiB'>1024</memory>", vcpu = '<vcpu>2</vcpu>' } = given;
  const head = `<domain type='${type}' ${attributes}><name>g</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>`;
  const board = `<os><type arch='x86_64' machine='${machine}'>hvm</type>${os}</os>`;
  return `${head}${memory}${vcpu}${general}${board}<devices>${devices}</devices></domain>`;
}
