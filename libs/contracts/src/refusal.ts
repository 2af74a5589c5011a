import { errors, isErrorCode, type ErrorCode } from './errors.js';

/** How an error travels: in the body of an error reply, an outcome or a dead letter. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  /** libvirt's error number and module, for libvirt's clients. */
  readonly libvirt: number;
  readonly domain: number;
  /** Where in the message or in the XML: `memory`, `/domain/devices/interface[2]/source`. */
  readonly path?: string;
}

export interface RefusalOptions {
  readonly path?: string;
  readonly cause?: unknown;
  /** When libvirt's own number differs from the usual one of the code. */
  readonly libvirt?: number;
  readonly domain?: number;
}

/** An answer that is not what the caller wished for. Everything else that is thrown is a bug. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly libvirt: number;
  readonly domain: number;
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.libvirt = options.libvirt ?? errors[code].libvirt;
    this.domain = options.domain ?? errors[code].domain;
    this.path = options.path;
  }

  get retry(): boolean {
    return errors[this.code].retry;
  }

  toBody(): ErrorBody {
    const body = { code: this.code, message: this.message, libvirt: this.libvirt, domain: this.domain };
    return this.path === undefined ? body : { ...body, path: this.path };
  }

  static fromBody(body: Partial<ErrorBody>): Refusal {
    const code = body.code !== undefined && isErrorCode(body.code) ? body.code : 'internal';
    return new Refusal(code, body.message ?? 'no words came with the error', {
      ...(body.path === undefined ? {} : { path: body.path }),
      ...(body.libvirt === undefined ? {} : { libvirt: body.libvirt }),
      ...(body.domain === undefined ? {} : { domain: body.domain }),
    });
  }
}

/** What the other side is told of any failure: a bug shows nothing of itself but that it is one. */
export const refusalFrom = (thrown: unknown): Refusal =>
  thrown instanceof Refusal ? thrown : new Refusal('internal', 'internal error: virtbus failed; see its log', { cause: thrown });

/** In the same words whether it is not there or another project's. */
export const noNetworkPort = (uuid: string): Refusal =>
  new Refusal('no_network_port', `network port not found: Network port with UUID ${uuid} does not exist`);

/** libvirt calls it an internal error; whoever asked is to blame all the same. */
export const noDeviceWithAlias = (alias: string): Refusal =>
  new Refusal('no_device', `internal error: no device found with alias ${alias}`, { libvirt: 1 });
