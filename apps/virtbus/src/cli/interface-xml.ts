import { element as plainElement, escaped } from './core/xml-text.js';
import { Failure } from './failure.js';

/** The interface that `attach-interface` describes by options. */
export interface InterfaceWords {
  readonly type: string;
  readonly source: string;
  readonly target?: string | undefined;
  readonly mac?: string | undefined;
  readonly script?: string | undefined;
  readonly model?: string | undefined;
  readonly alias?: string | undefined;
  readonly inbound?: string | undefined;
  readonly outbound?: string | undefined;
  readonly managed: boolean;
  readonly sourceMode?: string | undefined;
}

const PCI = /^([0-9a-f]{1,4}):([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i;

const element = (name: string, attributes: Readonly<Record<string, string | undefined>>): string => `  ${plainElement(name, attributes)}\n`;

/** @throws Failure in virsh's words for what it does not take */
export function interfaceXml(words: InterfaceWords): string {
  const { type, target, mac, script, model, alias, managed } = words;
  const given = (name: string, key: string, value: string | undefined): string =>
    value === undefined ? '' : element(name, { [key]: value });
  return [
    `<interface type='${escaped(type)}'${managed ? " managed='yes'" : ''}>\n`,
    sourceOf(words),
    given('target', 'dev', target),
    given('mac', 'address', mac),
    given('script', 'path', script),
    given('model', 'type', model),
    given('alias', 'name', alias),
    bandwidthOf(words),
    '</interface>\n',
  ].join('');
}

function sourceOf({ type, source, sourceMode }: InterfaceWords): string {
  switch (type) {
    case 'network':
    case 'bridge':
      return element('source', { [type]: source });
    case 'direct':
      return element('source', { dev: source, mode: sourceMode });
    case 'hostdev':
      return `  <source>\n  ${element('address', pciOf(source))}  </source>\n`;
    default:
      throw new Failure([`No support for ${type} in command 'attach-interface'`], 'usage');
  }
}

function pciOf(text: string): Readonly<Record<string, string>> {
  const [, domain = '', bus = '', slot = '', number = ''] = PCI.exec(text) ?? [];
  if (domain === '') throw new Failure([`cannot parse pci address '${text}'`], 'usage');
  const hex = (value: string, digits: number): string => `0x${value.toLowerCase().padStart(digits, '0')}`;
  return { type: 'pci', domain: hex(domain, 4), bus: hex(bus, 2), slot: hex(slot, 2), function: hex(number, 1) };
}

function bandwidthOf({ inbound, outbound }: InterfaceWords): string {
  if (inbound === undefined && outbound === undefined) return '';
  return `  <bandwidth>\n${rateOf('inbound', inbound)}${rateOf('outbound', outbound)}  </bandwidth>\n`;
}

/** `average,peak,burst,floor`, of which all but the first may be left out. */
function rateOf(way: 'inbound' | 'outbound', text: string | undefined): string {
  if (text === undefined) return '';
  const parts = text.split(',');
  const isRate = parts.length <= (way === 'inbound' ? 4 : 3) && parts.every((part) => /^\d+$/.test(part)) && Number(parts[0]) > 0;
  if (!isRate) throw new Failure([`${way} format is incorrect`], 'usage');
  const [average, peak, burst, floor] = parts;
  return `  ${element(way, { average, peak, burst, floor })}`;
}
