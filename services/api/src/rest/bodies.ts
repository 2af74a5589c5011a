/** Bodies that no contract of the bus has. */
import { HostSummary, IsObjectName, IsProjectName, OutcomeError, PortRecord } from '@virtbus/contracts';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { grants, roles, type Grant, type Role } from '../access/core/identity.js';

export class ConsoleBody {
  /** The alias of the serial or console device; the first one when absent. */
  @IsOptional() @IsString() readonly device?: string;
  /** Take the console over from whoever has it. */
  @IsOptional() @IsBoolean() readonly force?: boolean;
}

export class GraphicsBody {}

/** Good for one WebSocket, soon. */
export class Ticket {
  @IsString() readonly ticket!: string;
  /** Where to connect to, below the gateway's address. */
  @IsString() readonly path!: string;
  /** How long it is good for. */
  @IsInt() readonly seconds!: number;
}

export class PortPage {
  @IsArray() @ValidateNested({ each: true }) @Type(() => PortRecord) readonly ports!: PortRecord[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

/** A pool with what the host that answers for it says of the space; bytes. */
export class HostDetail extends HostSummary {}

export class OperationStatus {
  @IsString() readonly id!: string;
  @IsIn(['pending', 'succeeded', 'failed']) readonly status!: 'pending' | 'succeeded' | 'failed';
  /** The subject of the command. */
  @IsOptional() @IsString() readonly command?: string;
  /** When it ended. RFC 3339. */
  @IsOptional() @IsString() readonly at?: string;
  @IsOptional() @IsObject() readonly result?: object;
  @IsOptional() @ValidateNested() @Type(() => OutcomeError) readonly error?: OutcomeError;
}

export class OperationList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => OperationStatus) readonly operations!: OperationStatus[];
}

export class TokenBody {
  /** Whose it is, or what for. */
  @IsObjectName() readonly name!: string;
  @IsIn(roles) readonly role!: Role;
  /** The projects that it is bound to; absent when it is good for all. */
  @IsOptional() @IsArray() @ArrayMaxSize(64) @IsProjectName({ each: true }) readonly projects?: string[];
  @IsOptional() @IsArray() @ArrayMaxSize(16) @IsIn(grants, { each: true }) readonly grants?: Grant[];
  /** When it ends. RFC 3339. */
  @IsOptional() @IsString() readonly expiresAt?: string;
}

export class TokenMade {
  @IsString() readonly id!: string;
  /** What to send as `Authorization: Bearer …`. It is said here and never again. */
  @IsString() readonly token!: string;
}

export class WhoAmI {
  @IsString() readonly name!: string;
  @IsIn(roles) readonly role!: Role;
  /** Absent when the credential is good for all. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly projects?: string[];
  @IsArray() @IsIn(grants, { each: true }) readonly grants!: Grant[];
}

export class VersionBody {
  @IsString() readonly virtbus!: string;
  /** The release of libvirt whose behaviour it follows. */
  @IsString() readonly libvirt!: string;
}
