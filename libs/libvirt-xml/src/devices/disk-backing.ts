import { attr, child } from '../model/field.js';
import { element, lazy, tagged, type Element, type TaggedValue } from '../model/element.js';
import { oneOf, uint } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { metadataCache, storageSource, storageTypes } from '../shared/storage-source.js';
import { imageFormats } from './disk-driver.js';

const format = element({
  type: attr(oneOf(...imageFormats), {
    required: true,
    invalid: (given, at) => unsupported(at, `unknown disk backing store format '${given}'`),
  }),
  metadataCache,
});

const layerFields = {
  type: attr(oneOf('none', ...storageTypes), { fallback: 'none', shown: ({ type }: { type: string }) => type !== 'none' }),
  index: attr(uint(), { blank: [0] }),
  format: child(format),
  source: storageSource,
};

/** An image under another; type `none` says that there is nothing below. */
export type BackingStore = TaggedValue<typeof layerFields, 'type'> & { readonly backingStore?: BackingStore };

const layer: Element<BackingStore> = tagged(
  'type',
  { ...layerFields, backingStore: child(lazy(() => layer)) },
  {
    refine: (value, at) => {
      if (value.type !== 'none' && !value.format) throw xmlError(at, 'missing disk backing store format');
      return value;
    },
  },
);

/** The images below a disk's; absent when QEMU is to find them itself. */
export const backingStore = child(layer);
