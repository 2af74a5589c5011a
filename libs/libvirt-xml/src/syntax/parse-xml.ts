/**
 * Text to tree, through saxes: well-formed XML 1.0 only, no document type, the five entities, and limits that hold
 * while the text is read. Everything that reads XML in this library goes through here.
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { LibvirtError } from '../errors/libvirt-error.js';
import { DOCUMENT_TYPE, findFlaw } from './find-flaw.js';
import { contextOf, lineOf } from './flaw.js';
import { xmlLimits, type XmlLimits } from './limits.js';
import type { XmlElement, XmlNode } from './xml-node.js';

/** An element while it is read; it is handed out as XmlElement when its end tag has come. */
interface OpenElement extends XmlElement {
  readonly children: XmlNode[];
  /** Made with the first child element. */
  named: Map<string, XmlElement[]>;
}

/**
 * Reads one document and gives its root element.
 * @param source named in messages as libvirt does, such as `domain_definition`.
 * @param inside the element that a fragment is meant to lie in: its parent, for paths and messages.
 * @throws LibvirtError XML_DETAIL with line and column: not well-formed, a document type, or over a limit.
 */
export function parseXml(text: string, source: string, limits: XmlLimits = xmlLimits, inside?: XmlElement): XmlElement {
  if (text.length > limits.bytes || Buffer.byteLength(text) > limits.bytes) {
    throw new LibvirtError('XML_DETAIL', `(${source}): document is larger than ${limits.bytes} bytes`, { domain: 5 });
  }
  return new TreeReader(source, limits, inside).read(text);
}

const noAttributes: ReadonlyMap<string, string> = new Map();
/** Shared by all that have no child element. */
const noChildren = new Map<string, XmlElement[]>();

class TreeReader {
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #open: OpenElement[] = [];
  #root: XmlElement | undefined;
  #nodes = 0;
  #attributes = 0;

  constructor(
    private readonly source: string,
    private readonly limits: XmlLimits,
    private readonly inside: XmlElement | undefined,
  ) {}

  read(text: string): XmlElement {
    const parser = this.#parser;
    parser.on('error', (error) => this.#refuseText(text, error.message.replace(/^\d+:\d+: /, '')));
    parser.on('doctype', () => this.#refuseText(text, DOCUMENT_TYPE));
    parser.on('opentagstart', () => this.#beginTag());
    parser.on('attribute', ({ name, value }) => this.#checkAttribute(name, value));
    parser.on('opentag', (tag) => this.#openTag(tag));
    parser.on('closetag', () => this.#open.pop());
    parser.on('text', (run) => this.#add({ kind: 'text', text: run }));
    parser.on('cdata', (run) => this.#add({ kind: 'cdata', text: run }));
    parser.on('comment', (run) => this.#add({ kind: 'comment', text: run }));
    parser.on('processinginstruction', ({ target, body }) => this.#add({ kind: 'instruction', target, text: body }));
    parser.write(text).close();
    if (!this.#root) return this.#refuseText(text, 'document is empty');
    return this.#root;
  }

  /** In libxml2's words where that would refuse it, too. */
  #refuseText(text: string, reason: string): never {
    const flaw = findFlaw(text) ?? { reason, at: Math.min(this.#parser.position, text.length) };
    const { at, countedAt = at } = flaw;
    const line = lineOf(text, countedAt);
    const where = { domain: 5, line, column: at - Math.max(text.lastIndexOf('\n', at - 1), -1) };
    throw new LibvirtError('XML_DETAIL', `(${this.source}):${line}: ${flaw.reason}\n${contextOf(text, at)}`, where);
  }

  #refuse(reason: string): never {
    const { line, columnIndex } = this.#parser;
    const where = { domain: 5, line, column: columnIndex };
    throw new LibvirtError('XML_DETAIL', `(${this.source}):${line}: ${reason}`, where);
  }

  #beginTag(): void {
    this.#attributes = 0;
    if (this.#open.length >= this.limits.depth) this.#refuse(`elements are nested deeper than ${this.limits.depth}`);
  }

  #checkAttribute(name: string, value: string): void {
    this.#attributes += 1;
    if (this.#attributes > this.limits.attributes) this.#refuse(`an element has more than ${this.limits.attributes} attributes`);
    if (value.length > this.limits.attributeLength) this.#refuse(`attribute '${name}' is longer than ${this.limits.attributeLength}`);
  }

  #openTag(tag: SaxesTagPlain): void {
    const parent = this.#open.at(-1);
    const alike = parent?.named.get(tag.name);
    const element: OpenElement = {
      kind: 'element',
      name: tag.name,
      attributes: this.#attributes === 0 ? noAttributes : new Map(Object.entries(tag.attributes)),
      children: [],
      named: noChildren,
      parent: parent ?? this.inside,
      position: alike?.length ?? 0,
      line: this.#parser.line,
      column: this.#parser.columnIndex,
    };
    if (alike) alike.push(element);
    else if (parent) nameChild(parent, element);
    this.#add(element);
    this.#root ??= element;
    this.#open.push(element);
  }

  #add(node: XmlNode): void {
    this.#nodes += 1;
    if (this.#nodes > this.limits.nodes) this.#refuse(`document has more than ${this.limits.nodes} nodes`);
    this.#open.at(-1)?.children.push(node);
  }
}

/** The first child of its name. */
function nameChild(parent: OpenElement, element: XmlElement): void {
  if (parent.named === noChildren) parent.named = new Map();
  parent.named.set(element.name, [element]);
}
