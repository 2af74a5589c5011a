import { IsInt, IsString, Max, Min } from 'class-validator';

/** One piece of a picture. It is kept for half a minute after the last question for a piece. */
export class Screenshot {
  @IsString() readonly id!: string;
  @IsString() readonly mimeType!: string;
  /** Of the whole picture. */
  @IsInt() @Min(0) readonly bytes!: number;
  @IsInt() @Min(0) @Max(2 ** 31) readonly offset!: number;
  /** Base64. It is the last piece when it reaches the end. */
  @IsString() readonly data!: string;
}
