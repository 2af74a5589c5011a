/** The contracts as documents: for whoever generates one of their own. No service loads this. */
export { commentsOf, type Comments } from './comments.js';
export { permissionsText } from './permissions-page.js';
export { knownSenderRights, senderRights } from './rights.js';
export { fieldsOf } from './fields.js';
export type { JsonSchema } from './json-schema.js';
export { classesIn, schemaOf } from './schema.js';
