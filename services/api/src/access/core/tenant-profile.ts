/**
 * What the definition of somebody who is not trusted with the hosts may hold. It is judged on the XML as it was sent, before anything
 * is made of it: an element that is not understood is judged too.
 */
import { isElement, pathOf, readUuid, textOf, type XmlElement } from '@virtbus/libvirt-xml';
import type { Grant } from './identity.js';
import {
  elementRules,
  harmlessFiles,
  harmlessPaths,
  loopback,
  networkAttributes,
  ownWords,
  sourceAttributes,
  type ElementRule,
} from './tenant-rules-table.js';

export interface Profile {
  readonly grants: readonly Grant[];
  /** Directories whose files a definition may name: those of the storage pools. */
  readonly roots: readonly string[];
}

export interface Offence {
  /** Where in the document. */
  readonly path: string;
  /** The element, as the user wrote it. */
  readonly element: string;
  readonly why: string;
  readonly grant?: Grant | undefined;
}

/** Everything that the profile does not allow, in the order of the document. */
export function offencesOf(root: XmlElement, profile: Profile): Offence[] {
  return [...judge(root, { profile, below: '' })];
}

interface Walk {
  readonly profile: Profile;
  /** Names of the elements between the root and this one, joined by slashes. */
  readonly below: string;
}

function* judge(element: XmlElement, walk: Walk): Iterable<Offence> {
  if (ownWords.has(walk.below)) return;
  const found = [...offences(element, walk)];
  yield* found;
  // One word about a device is enough.
  if (found.length > 0) return;
  for (const child of element.children.filter(isElement)) {
    yield* judge(child, { ...walk, below: walk.below === '' ? child.name : `${walk.below}/${child.name}` });
  }
}

function* offences(element: XmlElement, { profile }: Walk): Iterable<Offence> {
  const offence = (why: string, grant?: Grant): Offence => ({ path: pathOf(element), element: element.name, why, grant });
  if (isForeign(element)) {
    yield offence('it is in a namespace of the hypervisor');
    return;
  }
  const allowed = (grant: Grant | undefined): boolean => grant !== undefined && profile.grants.includes(grant);
  for (const { why, grant } of rulesFor(element)) if (!allowed(grant)) yield offence(why, grant);
  if (!allowed('host-network') && reachesNetwork(element)) yield offence("it names a device of the host's own network", 'host-network');
  if (allowed('host-path')) return;
  for (const path of pathsIn(element)) if (!lies(path, profile.roots)) yield offence(`${path} lies in no storage pool`, 'host-path');
}

function rulesFor(element: XmlElement): readonly ElementRule[] {
  const rules = Object.hasOwn(elementRules, element.name) ? elementRules[element.name] : undefined;
  return (rules ?? []).filter((rule) => applies(element, rule));
}

/** Outside of `<metadata>`, which is not walked, every namespace is the hypervisor's. */
const isForeign = ({ name, attributes }: XmlElement): boolean => name.includes(':') || attributes.has('xmlns');

function applies({ attributes }: XmlElement, { when }: ElementRule): boolean {
  if (!when) return true;
  const value = attributes.get(when.attribute);
  return value !== undefined && !when.not.includes(value);
}

const placeOf = ({ name, parent }: XmlElement, attribute: string): string => `${parent?.name ?? ''}/${name}@${attribute}`;

function reachesNetwork(element: XmlElement): boolean {
  const { name, attributes, parent } = element;
  if ([...attributes.keys()].some((attribute) => networkAttributes.has(placeOf(element, attribute)))) return true;
  const address =
    name === 'graphics'
      ? attributes.get('listen')
      : name === 'listen' && parent?.name === 'graphics'
        ? attributes.get('address')
        : undefined;
  return address !== undefined && !loopback.has(address);
}

/** Paths of the host that an element names: whatever begins with a slash, and all that a source says of where it is. */
function pathsIn(element: XmlElement): string[] {
  const named = [...element.attributes].filter(([attribute, value]) => isPath(element, attribute, value)).map(([, value]) => value);
  const text = element.children.some(isElement) ? '' : textOf(element).trim();
  return [...named, ...(text.startsWith('/') ? [text] : [])].filter((path) => !harmlessFiles.has(path));
}

function isPath(element: XmlElement, attribute: string, value: string): boolean {
  if (harmlessPaths.has(placeOf(element, attribute))) return false;
  if (value.startsWith('/')) return true;
  // What an interface or a volume has in its source are names.
  return element.name === 'source' && element.parent?.name !== 'interface' && sourceAttributes.some((one) => one === attribute);
}

/** Below a root, and no way around it. */
const lies = (path: string, roots: readonly string[]): boolean =>
  !path.split('/').includes('..') && roots.some((root) => path.startsWith(root.endsWith('/') ? root : `${root}/`));

/** Networks that the definition's interfaces plug into: whoever defines it must see them. */
export function networksOf(root: XmlElement): string[] {
  const own = root.name === 'source' && root.parent?.name === 'interface' ? root.attributes.get('network') : undefined;
  return [...(own === undefined ? [] : [own]), ...root.children.filter(isElement).flatMap(networksOf)];
}

/** Whom a network port is for, by UUID. */
export function ownerIn({ name, named }: XmlElement): string | undefined {
  const [uuid] = name === 'networkport' ? (named.get('owner')?.[0]?.named.get('uuid') ?? []) : [];
  return uuid && readUuid(textOf(uuid));
}

/** How a definition names a secret: by its UUID, or by what it is for. */
export type SecretReference = { readonly uuid: string } | { readonly usage: string };

/** Secrets that disks, pools, volumes and TPMs of the definition are opened with: whoever defines it must see them. */
export function secretsOf(root: XmlElement): SecretReference[] {
  return [...ownSecrets(root), ...root.children.filter(isElement).flatMap(secretsOf)];
}

function ownSecrets({ name, attributes, parent }: XmlElement): SecretReference[] {
  const ofTpm = name === 'encryption' ? attributes.get('secret') : undefined;
  if (ofTpm !== undefined) return [{ uuid: ofTpm }];
  if (name !== 'secret' || !parent) return [];
  const [uuid, usage] = [attributes.get('uuid'), attributes.get('usage')];
  return [...(uuid === undefined ? [] : [{ uuid }]), ...(usage === undefined ? [] : [{ usage }])];
}

/** Storage pools whose volumes the definition's disks are: they are whoever's they are. */
export function poolsOf(root: XmlElement): string[] {
  const own = root.name === 'source' && root.parent?.name !== 'interface' ? root.attributes.get('pool') : undefined;
  return [...(own === undefined ? [] : [own]), ...root.children.filter(isElement).flatMap(poolsOf)];
}
