/** QEMU refused a command. `class` is contract (qapi/error.json QapiErrorClass), `desc` is QEMU's text for a person. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
  readonly class: string;
  readonly desc: string;
  readonly command: string;

  constructor(command: string, errorClass: string, desc: string) {
    super(`${command}: ${desc}`);
    this.command = command;
    this.class = errorClass;
    this.desc = desc;
  }
}

/** No answer within the command's time. QEMU may still carry the command out: its late answer is dropped. */
export class CommandTimeout extends Error {
  override readonly name = 'CommandTimeout';
  readonly command: string;
  readonly timeoutMs: number;

  constructor(command: string, timeoutMs: number) {
    super(`${command}: no answer within ${timeoutMs} ms`);
    this.command = command;
    this.timeoutMs = timeoutMs;
  }
}

/** The monitor is closed: by QEMU's end, by `close()`, or because of `cause`. Whether the command was carried out is unknown. */
export class MonitorClosed extends Error {
  override readonly name = 'MonitorClosed';
}

/** The peer does not speak QMP, or sent a line over the limit: the monitor is closed for it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Nobody could be reached at the socket's path in time. `cause` is the system's last answer; its `code` is for example ENOENT. */
export class ConnectFailed extends Error {
  override readonly name = 'ConnectFailed';
}
