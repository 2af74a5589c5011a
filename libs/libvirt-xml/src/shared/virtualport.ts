import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { anyBase, filled, oneOf } from '../model/scalar.js';
import { unsupported, xmlError, type Place } from '../model/place.js';
import type { ReadContext } from '../model/read.js';
import { uuid } from '../formats/uuid.js';

/** libvirt's module number of the checks (util/net). */
const NET = 11;
const PROFILE_ID_MAX = 39;

const bounded = (name: string, max: number) =>
  attr(anyBase({ max }), {
    invalid: (given, at) =>
      xmlError(at, /^\s*\d/.test(given) ? `value of ${name} out of range` : `cannot parse value of ${name} parameter`, 0),
  });

const parameters = element(
  {
    managerid: bounded('managerid', 0xff),
    typeid: bounded('typeid', 0xff_ffff),
    typeidversion: bounded('typeidversion', 0xff),
    instanceid: attr(uuid, { invalid: (_, at) => xmlError(at, 'cannot parse instanceid parameter as a uuid', 0) }),
    interfaceid: attr(uuid, { invalid: (_, at) => xmlError(at, 'cannot parse interfaceid parameter as a uuid', 0) }),
    profileid: attr(filled),
  },
  {
    refine: (value, at) => {
      if ((value.profileid?.length ?? 0) > PROFILE_ID_MAX) throw xmlError(at, 'profileid parameter too long', 0);
      return Object.keys(value).length === 0 ? undefined : value;
    },
  },
);

type Parameters = ValueOf<typeof parameters>;
type ParameterName = keyof Parameters;
type PortType = '802.1Qbg' | '802.1Qbh' | 'openvswitch' | 'midonet';

/** Which parameters a type must have, may have, and which libvirt makes up when they are missing. */
const rulesOf: Readonly<
  Record<PortType, { needs: readonly ParameterName[]; takes: readonly ParameterName[]; makes: readonly ParameterName[] }>
> = {
  '802.1Qbg': { needs: ['managerid', 'typeid', 'typeidversion', 'instanceid'], takes: [], makes: ['instanceid'] },
  '802.1Qbh': { needs: ['profileid'], takes: [], makes: [] },
  openvswitch: { needs: ['interfaceid'], takes: ['profileid'], makes: ['interfaceid'] },
  midonet: { needs: ['interfaceid'], takes: [], makes: [] },
};

export interface VirtualportRules {
  readonly typeRequired: boolean;
  /** Whether every parameter that the type needs must be there already. */
  readonly complete: boolean;
  /** Whether missing ids are made up. */
  readonly generate: boolean;
}

interface Value {
  readonly type?: PortType;
  readonly parameters?: Parameters;
}

/** Parameters of a connection to a switch that wants to know more than the bridge does. */
export const virtualport = (rules: VirtualportRules) =>
  element(
    {
      type: attr(oneOf('802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'), {
        invalid: (given, at) => unsupported(at, `unknown virtualport type ${given}`, 0),
      }),
      parameters: child(parameters),
    },
    { refine: (value, at, context) => refineVirtualport(value, rules, { at, context }) },
  );

function refineVirtualport(value: Value, rules: VirtualportRules, { at, context }: { at: Place; context: ReadContext }): Value | undefined {
  if (value.type === undefined && rules.typeRequired) throw xmlError(at, 'missing required virtualport type', 0);
  checkExtras(value, at);
  const whole = rules.generate ? withGenerated(value, context) : value;
  if (rules.complete) checkComplete(whole, at, context);
  return whole.type === undefined && whole.parameters === undefined ? undefined : whole;
}

function checkExtras({ type, parameters: given }: Value, at: Place): void {
  if (!type) return;
  const { needs, takes } = rulesOf[type];
  const extra = namesOf(given).find((name) => !needs.includes(name) && !takes.includes(name));
  if (extra) throw xmlError(at, `extra ${extra} unsupported in <virtualport type='${type}'>`, NET);
}

function namesOf(given: Parameters = {}): ParameterName[] {
  const order: ParameterName[] = ['managerid', 'typeid', 'typeidversion', 'instanceid', 'interfaceid', 'profileid'];
  return order.filter((name) => given[name] !== undefined);
}

function withGenerated(value: Value, { newUuid }: ReadContext): Value {
  if (!newUuid) return value;
  const makes = value.type ? rulesOf[value.type].makes : (['instanceid', 'interfaceid'] as const);
  const made = Object.fromEntries(makes.filter((name) => value.parameters?.[name] === undefined).map((name) => [name, newUuid()]));
  if (Object.keys(made).length === 0) return value;
  return { ...value, parameters: { ...value.parameters, ...made } };
}

function checkComplete({ type, parameters: given }: Value, at: Place, { newUuid }: ReadContext): void {
  if (!type) return;
  const { needs, makes } = rulesOf[type];
  const missing = needs.find((name) => given?.[name] === undefined && (newUuid !== undefined || !makes.includes(name)));
  if (missing) throw xmlError(at, `missing ${missing} in <virtualport type='${type}'>`, NET);
}
