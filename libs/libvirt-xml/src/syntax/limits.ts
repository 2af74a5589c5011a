/** What a document may hold. A document over a limit is refused before a tree of it exists. */
export interface XmlLimits {
  /** UTF-8 bytes of the whole text. */
  readonly bytes: number;
  /** Elements inside each other. */
  readonly depth: number;
  /** Elements, comments and runs of text together. */
  readonly nodes: number;
  /** Attributes of one element. */
  readonly attributes: number;
  /** Characters of one attribute's value. */
  readonly attributeLength: number;
}

/** 1 MiB of text; depth 256 leaves room for libvirt's limit of 200 images in a backing chain. */
export const xmlLimits: XmlLimits = { bytes: 1024 * 1024, depth: 256, nodes: 50_000, attributes: 256, attributeLength: 128 * 1024 };
