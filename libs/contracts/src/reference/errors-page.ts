import type { ErrorCode, ErrorRow } from '../errors.js';
import { anchor, code, page, table } from './markdown.js';

const intro = `# Errors

Generated from libs/contracts/src/errors.ts by its tests; \`npm run docs\` renews it.

The code is the contract, the words may change. An error travels as \`error\` in a command's outcome, or as the body of an error
reply. \`message\` says what was being done and to what, \`path\` where in the message or in the XML.

- **libvirt**: the error number and the module (5 XML, 10 QEMU, 19 network, 20 domain, 0 none) that libvirt's clients are shown,
  unless the error itself says another.
- **fault**: whose move it is. \`caller\`: the request is wrong. \`capacity\`: the fleet is full. \`host\`: a host misbehaved.
  \`us\`: virtbus has a bug.
- **again**: whether sending the same command once more may help.
- **status**: what the header \`Nats-Service-Error-Code\` of an error reply says.
`;

/** docs/generated/errors.md */
export const errorsPage = (errors: Readonly<Record<ErrorCode, ErrorRow>>): string =>
  page([
    intro,
    ...table(
      ['code', '', 'fault', 'again', 'libvirt', 'status'],
      Object.entries(errors).map(([name, { fault, libvirt, domain, status, retry, doc }]) => [
        `${anchor(name)}${code(name)}`,
        doc,
        fault,
        retry ? 'yes' : '',
        `${libvirt} / ${domain}`,
        String(status),
      ]),
    ),
  ]);
