import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { IsObjectName } from '../validators.js';

/** Names an object by its UUID or its name; the UUID is tried first, as libvirt's tools do. */
export class DomainRef {
  @IsObjectName() readonly domain!: string;
}

export class NetworkRef {
  @IsObjectName() readonly network!: string;
}

export class HostRef {
  @IsString() readonly host!: string;
}

/** The command was carried out, and there is nothing more to say. */
export class Done {}

/** An object that was made or found. */
export class ObjectId {
  @IsString() readonly uuid!: string;
  @IsString() readonly name!: string;
}

export class Xml {
  @IsString() readonly xml!: string;
}

/** A question without words. */
export class Nothing {}

/** A page of a list. A list that does not fit into one answer comes in several, each beginning after the last item of the one before. */
export class PageQuestion {
  /** `next` of the answer before; absent for the first page. */
  @IsOptional() @IsString() readonly after?: string;
  /** At most so many items. Without it as many as fit. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000) readonly limit?: number;
}
