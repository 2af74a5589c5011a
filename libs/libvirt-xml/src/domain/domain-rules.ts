/** What a domain's own words imply for each other, while it is read. */
import { xmlError, type Place } from '../model/place.js';
import type { ReadContext } from '../model/read.js';
import type { DomainDef } from './domain.js';

export function tidyDomain(value: DomainDef, at: Place, context: ReadContext): DomainDef {
  if (value.name.includes('/')) throw xmlError(at, `name ${value.name} cannot contain '/'`);
  const id = value.uuid ?? context.newUuid?.();
  return { ...value, ...(id === undefined ? {} : { uuid: id }) };
}
