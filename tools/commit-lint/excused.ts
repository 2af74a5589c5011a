/**
 * Subjects that were public before anything refused them: published history is not rewritten. Nothing is added here: the
 * hook in tools/hooks refuses such a message while it can still be changed.
 */
export const excused: ReadonlySet<string> = new Set([
  'docs: record the first decisions, with what they cost',
  'docs: say what virtbus is, how it is built and how to change it',
  'host-agent: let the zombie of a test outlive the shell that could reap it',
  'messaging: start and adopt a nats-server with a store that is written through',
  'host-agent: name the step of a lifecycle test outside of it',
  "host-agent: build QEMU's arguments with the library",
  'cli, host-agent: let two tests run in a path with spaces and without root',
]);
