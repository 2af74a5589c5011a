/** Ids of the objects that hold a node's secrets, by the node's name. */
export const secretIds = (node: string) => ({
  auth: `${node}-auth-secret0`,
  encryption: `${node}-encryption-secret0`,
  cookie: `${node}-httpcookie-secret0`,
  tls: `obj${node}_tls0`,
});
