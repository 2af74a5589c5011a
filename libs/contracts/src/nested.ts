import { applyDecorators } from './rule.js';
import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';

/** A field that holds another payload class: it must be an object, and its own fields must hold. */
export const Nested = (type: () => new () => object): PropertyDecorator => applyDecorators(IsObject(), ValidateNested(), Type(type));
