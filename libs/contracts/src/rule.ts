import { ValidateBy, buildMessage, type ValidationOptions } from 'class-validator';

/** A class-validator decorator from a predicate and the words that follow the field's name. */
export const applyRule =
  (name: string, holds: (value: unknown) => boolean, words: string) =>
  (options?: ValidationOptions): PropertyDecorator =>
    ValidateBy(
      { name, validator: { validate: holds, defaultMessage: buildMessage((each) => `${each}$property ${words}`, options) } },
      options,
    );

/** Several decorators as one, applied as if they stood one above the other. */
export const applyDecorators =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, key) => {
    for (const decorate of decorators.toReversed()) decorate(target, key);
  };
