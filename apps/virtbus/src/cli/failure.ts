import { FleetError } from './fleet.js';
import { printable } from './core/display-width.js';

/** How a command ends that did not do what it was asked to. What went wrong comes first, then why. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly lines: readonly string[],
    readonly code: string,
    readonly details: Readonly<Record<string, string | number>> = {},
    readonly exitStatus = 1,
  ) {
    super(lines.join(': '));
  }
}

/** The words do not make a command. Nothing was done, nobody was asked. */
export class Misuse extends Failure {
  constructor(message: string, hint?: string) {
    super([message], 'usage', hint === undefined ? {} : { hint });
  }
}

/** Where in the user's XML it is; a field of a message is nothing that the user has written. */
function why(error: FleetError): string {
  const { message, path } = error;
  return path === undefined || !path.startsWith('/') || message.includes(path) ? message : `${message} (at ${path})`;
}

function detailsOf({ path, libvirt }: FleetError): Record<string, string | number> {
  return { ...(path === undefined ? {} : { path }), ...(libvirt === undefined ? {} : { libvirt }) };
}

/** What was being done, and the fleet's reason. An error that is not the fleet's passes unchanged. */
export function failed(doing: string | undefined, thrown: unknown): unknown {
  if (!(thrown instanceof FleetError)) return thrown;
  return new Failure([...(doing === undefined ? [] : [doing]), why(thrown)], thrown.code, detailsOf(thrown));
}

/** The lines that go to standard error. */
export function failureText(failure: Failure, paint: (text: string) => string): string {
  const hint = failure.details['hint'];
  const lines = failure.lines.map((line) => `${paint('error:')} ${line.split('\n').map(printable).join('\n')}\n`);
  return [...lines, ...(hint === undefined ? [] : [`${hint}\n`])].join('');
}

export function failureDocument({ lines, code, details }: Failure): object {
  const message = lines.at(-1) ?? '';
  return { error: { code, message, ...(lines.length > 1 ? { doing: lines[0] } : {}), ...details } };
}
