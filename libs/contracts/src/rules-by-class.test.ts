import { getMetadataStorage, IsInt, IsString, validateSync } from 'class-validator';
import { expect, test } from 'vitest';
import { keepRulesByClass } from './rules-by-class.js';

keepRulesByClass();

class Thing {
  @IsString()
  name = '';
}

class Sized extends Thing {
  @IsInt()
  size = 0;
}

const failing = (value: object) => validateSync(value).map(({ property }) => property);

test('rules of a class and of those that it inherits from hold, however often they are asked for', () => {
  for (let time = 0; time < 2; time += 1) {
    expect(failing(new Sized())).toEqual([]);
    expect(failing(Object.assign(new Sized(), { name: 1, size: 'x' })).toSorted()).toEqual(['name', 'size']);
    expect(failing(Object.assign(new Thing(), { name: 1 }))).toEqual(['name']);
  }
});

test('they are looked for once, but for those of a group', () => {
  const of = (payload: typeof Thing, groups?: string[]) =>
    getMetadataStorage().getTargetValidationMetadatas(payload, '', false, false, groups);
  expect(of(Thing)).toBe(of(Thing));
  expect(of(Sized)).not.toBe(of(Thing));
  expect(of(Thing, ['a'])).not.toBe(of(Thing, ['a']));
});
