import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Rules = ReturnType<Storage['getTargetValidationMetadatas']>;

/**
 * For every object that it checks, class-validator goes through the rules of all classes that there are, in search of what the object's
 * class inherits. A class's rules are the same for as long as the program runs: with this they are looked for once.
 */
export function keepRulesByClass(): void {
  const storage = getMetadataStorage();
  const look: Storage['getTargetValidationMetadatas'] = storage.getTargetValidationMetadatas.bind(storage);
  const kept = new WeakMap<object, Rules>();
  storage.getTargetValidationMetadatas = (payload, schema, ...choices) => {
    if (choices.some(Boolean)) return look(payload, schema, ...choices);
    const rules = kept.get(payload) ?? look(payload, schema, ...choices);
    kept.set(payload, rules);
    return rules;
  };
}
