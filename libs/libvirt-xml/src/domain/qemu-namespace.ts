/** `qemu:` elements: settings past libvirt's model, for administrators. */
import { attr, child, children } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf, text } from '../model/scalar.js';
import { fault, xmlError } from '../model/place.js';

const ns = { prefix: 'qemu', uri: 'http://libvirt.org/schemas/domain/qemu/1.0' };

const arg = element({ value: attr(text, { required: (at) => fault(at, 'INTERNAL_ERROR', 'No qemu command-line argument specified') }) });
const env = element(
  { name: attr(filled, { required: (at) => fault(at, 'INTERNAL_ERROR', 'No qemu environment name specified') }), value: attr(text) },
  {
    refine: (value, at) => {
      const bad = !/^[A-Za-z_][A-Za-z0-9_]*$/.test(value.name);
      if (bad) throw fault(at, 'INTERNAL_ERROR', 'Invalid environment name, it must contain only alphanumerics and underscore');
      return value;
    },
  },
);

const capability = children(element({ capability: attr(filled, { required: true }) }), { ns });

/** What the value of a property of each type looks like; `remove` has none. */
const propertyValues = {
  string: /^/,
  signed: /^-?\d+$/,
  unsigned: /^\d+$/,
  bool: /^(true|false)$/,
  remove: undefined,
} as const;

function fits(type: keyof typeof propertyValues, value: string): boolean {
  if (!propertyValues[type]?.test(value)) return false;
  if (type === 'unsigned') return BigInt.asUintN(64, BigInt(value)) === BigInt(value);
  return type !== 'signed' || BigInt.asIntN(64, BigInt(value)) === BigInt(value);
}

const property = element(
  {
    name: attr(filled, { required: (at) => xmlError(at, "missing 'name' attribute for qemu:property") }),
    type: attr(oneOf('string', 'signed', 'unsigned', 'bool', 'remove'), { required: true }),
    value: attr(text),
  },
  {
    refine: (given, at) => {
      const { type, value } = given;
      if (type === 'remove') {
        if (value !== undefined) throw xmlError(at, "setting 'value' attribute of 'qemu:property' doesn't make sense with 'remove' type");
        return given;
      }
      if (value === undefined) throw xmlError(at, "missing 'value' attribute for 'qemu:property'");
      if (!fits(type, value)) throw xmlError(at, `invalid value '${value}' of 'value' attribute of 'qemu:property'`);
      return given;
    },
  },
);
const frontend = element({ property: children(property, { ns }) }, { emptyIsAbsent: true });
const device = element({
  alias: attr(filled, { required: (at) => xmlError(at, "missing 'alias' attribute for qemu:device") }),
  frontend: child(frontend, { ns }),
});

export const qemuFields = {
  qemuCommandline: child(element({ arg: children(arg, { ns }), env: children(env, { ns }) }, { emptyIsAbsent: true }), {
    ns,
    xml: 'commandline',
  }),
  qemuCapabilities: child(element({ add: capability, del: capability }, { emptyIsAbsent: true }), { ns, xml: 'capabilities' }),
  qemuOverride: child(element({ device: children(device, { ns }) }, { emptyIsAbsent: true }), { ns, xml: 'override' }),
  qemuDeprecation: child(element({ behavior: attr(filled) }, { emptyIsAbsent: true }), { ns, xml: 'deprecation' }),
};
