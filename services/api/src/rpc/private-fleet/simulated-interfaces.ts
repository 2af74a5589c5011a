import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { parseXml } from '@virtbus/libvirt-xml';
import { readingXml } from '../../core/xml-refusal.js';
import { invalidOperation } from '../refusals.js';
import { hostInterface as fixture } from './fixture-table.js';

export interface HostInterface {
  readonly name: string;
  readonly mac: string;
  readonly active: boolean;
  readonly xml: string;
}

const xmlError = (words: string): RemoteError => new RemoteError(errorCode.xmlError, errorDomain.interface, `XML error: ${words}`);
const invalid = (words: string): RemoteError => invalidOperation(words, errorDomain.interface);

/** The links of a simulated host, with libvirt's one transaction on them. */
export class SimulatedInterfaces {
  private held: ReadonlyMap<string, HostInterface> = new Map([[fixture.name, fixture]]);
  /** What there was when the transaction began. */
  private before: ReadonlyMap<string, HostInterface> | undefined;

  all(): readonly HostInterface[] {
    return [...this.held.values()];
  }

  /** Replaces one of that name, which stays as active as it is. @throws RemoteError, Refusal for XML that is none */
  define(xml: string): HostInterface {
    const root = readingXml(() => parseXml(xml, 'interface_definition'));
    const [name, type] = [root.attributes.get('name'), root.attributes.get('type')];
    if (root.name !== 'interface') throw xmlError(`unexpected root element <${root.name}>, expecting <interface>`);
    if (type === undefined) throw xmlError('interface misses the type attribute');
    if (name === undefined) throw xmlError('interface has no name');
    const mac = root.named.get('mac')?.[0]?.attributes.get('address') ?? '';
    return this.put({ name, mac, xml, active: this.held.get(name)?.active ?? false });
  }

  undefine({ name }: HostInterface): void {
    this.held = new Map([...this.held].filter(([each]) => each !== name));
  }

  /** @throws RemoteError when it is so already */
  turn(one: HostInterface, active: boolean): void {
    if (one.active === active) throw invalid(`interface '${one.name}' is ${active ? 'already active' : 'not active'}`);
    this.put({ ...one, active });
  }

  /** @throws RemoteError */
  begin(): void {
    if (this.before) throw invalid('there is another transaction running.');
    this.before = this.held;
  }

  /** @throws RemoteError */
  commit(): void {
    if (!this.before) throw invalid('no transaction running, nothing to be committed.');
    this.before = undefined;
  }

  /** @throws RemoteError */
  rollback(): void {
    if (!this.before) throw invalid('no transaction running, nothing to rollback.');
    this.held = this.before;
    this.before = undefined;
  }

  private put(one: HostInterface): HostInterface {
    this.held = new Map([...this.held, [one.name, one]]);
    return one;
  }
}
