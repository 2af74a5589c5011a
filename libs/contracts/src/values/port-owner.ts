import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { Nested } from '../nested.js';
import { IsLibvirtUuid, IsObjectName, IsProjectName } from '../validators.js';

/** Whom a port is for. */
export class PortOwner {
  @IsObjectName() readonly name!: string;
  @IsLibvirtUuid() readonly uuid!: string;
}

/** What is known of a port that no domain's interface has: it was made by hand, and stays until it is deleted or its network stops. */
export class PortByHand {
  /** As its XML names it; there need be no such domain. */
  @Nested(() => PortOwner) readonly owner!: PortOwner;
  /** Whose it is; absent: the fleet's own. */
  @IsOptional() @IsProjectName() readonly project?: string;
  /** Its XML names its host. */
  @IsOptional() @IsBoolean() readonly placed?: boolean;
  /** The id of the command that has made it: the same command makes it once. */
  @IsString() readonly commandId!: string;
}
