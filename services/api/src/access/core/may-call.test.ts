import { contracts } from '@virtbus/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grants, roles, type Identity, type Role } from './identity.js';
import { callOf, mayCall, roleFor, type Call, type CalledUpon } from './may-call.js';

const identity = (role: Role, projects: Identity['projects'] = 'all'): Identity => ({ name: role, role, projects, grants });
const order = (resource: string, verb = 'start'): Call => ({ resource, verb, kind: 'command' });
const ask = (resource: string, verb = 'get'): Call => ({ resource, verb, kind: 'request' });
const onNetwork = (project?: string): CalledUpon => ({ kind: 'network', project });
const [blue, red, fleets] = [{ project: 'blue' }, { project: 'red' }, {}];

describe('who may call', () => {
  test.each<[string, Identity, Call, CalledUpon | undefined, string]>([
    ['a viewer asks of a domain', identity('viewer'), ask('domain'), undefined, 'allowed'],
    ['a viewer starts a domain', identity('viewer'), order('domain'), undefined, 'forbidden'],
    ['a viewer opens a console', identity('viewer'), ask('domain', 'console'), undefined, 'forbidden'],
    ['an operator starts a domain', identity('operator'), order('domain'), blue, 'allowed'],
    ['an operator sends commands to QEMU', identity('operator'), ask('domain', 'monitor'), blue, 'forbidden'],
    ['an administrator sends commands to QEMU', identity('administrator'), ask('domain', 'monitor'), blue, 'allowed'],
    ['an operator closes a host', identity('operator'), order('host', 'cordon'), undefined, 'forbidden'],
    ['an operator lists tokens', identity('operator'), ask('token', 'list'), undefined, 'forbidden'],
    ['an operator calls what has no row', identity('operator'), ask('whatever'), undefined, 'forbidden'],
    ["a project's operator starts its domain", identity('operator', ['blue']), order('domain'), blue, 'allowed'],
    ["a project's operator starts another's domain", identity('operator', ['blue']), order('domain'), red, 'hidden'],
    ["a project's operator asks of the fleet's own domain", identity('operator', ['blue']), ask('domain'), fleets, 'hidden'],
    ["a project's operator asks of the fleet's own network", identity('operator', ['blue']), ask('network'), fleets, 'allowed'],
    [
      "a project's operator stops the fleet's own network",
      identity('operator', ['blue']),
      order('network', 'destroy'),
      fleets,
      'forbidden',
    ],
    [
      "a project's operator makes a port of the fleet's own network",
      identity('operator', ['blue']),
      order('port', 'create'),
      onNetwork(),
      'allowed',
    ],
    [
      "a project's operator makes a port of its network",
      identity('operator', ['blue']),
      order('port', 'create'),
      onNetwork('blue'),
      'allowed',
    ],
    [
      "a project's operator makes a port of another's network",
      identity('operator', ['blue']),
      order('port', 'create'),
      onNetwork('red'),
      'hidden',
    ],
    [
      "a project's viewer makes a port of its network",
      identity('viewer', ['blue']),
      order('port', 'create'),
      onNetwork('blue'),
      'forbidden',
    ],
    [
      "a project's operator deletes its port",
      identity('operator', ['blue']),
      order('port', 'delete'),
      { ...blue, kind: 'port' },
      'allowed',
    ],
    [
      "a project's operator deletes another's port",
      identity('operator', ['blue']),
      order('port', 'delete'),
      { ...red, kind: 'port' },
      'hidden',
    ],
    [
      "a project's operator deletes the fleet's own port",
      identity('operator', ['blue']),
      order('port', 'delete'),
      { kind: 'port' },
      'hidden',
    ],
    ["a project's operator stops what a port is in", identity('operator', ['blue']), order('network', 'destroy'), onNetwork(), 'forbidden'],
    ["a project's administrator closes a host", identity('administrator', ['blue']), order('host', 'cordon'), undefined, 'forbidden'],
    ["a project's viewer asks of another's network", identity('viewer', ['blue']), ask('network'), red, 'hidden'],
    ['a name of an object that only JavaScript has', identity('operator'), ask('constructor'), undefined, 'forbidden'],
    ['a verb that only JavaScript has', identity('viewer'), ask('domain', 'constructor'), undefined, 'allowed'],
  ])('%s', (_, who, call, object, expected) => expect(mayCall(who, call, object).type).toBe(expected));
});

test('every contract that can be called has a role, and none of the changes is a viewer’s', () => {
  const callable = contracts.filter((one) => one.kind === 'request' || one.kind === 'command');
  expect(callable.length).toBeGreaterThan(20);
  for (const one of callable) {
    const role = roleFor(callOf(one));
    expect(roles).toContain(role);
    if (one.kind === 'command') expect(role).not.toBe('viewer');
  }
});

test('an event cannot be called', () => expect(() => callOf({ subject: 'virtbus.v1.evt.domain.{uuid}.started' })).toThrow(RangeError));

test('a higher role may do all that a lower one may, and who is bound to projects no more than who is not', () => {
  const calls = fc.record({
    resource: fc.constantFrom('domain', 'network', 'host', 'token', 'pool', 'other'),
    verb: fc.constantFrom('get', 'console', 'monitor', 'start'),
    kind: fc.constantFrom('request' as const, 'command' as const),
  });
  const object = fc.constantFrom(blue, red, fleets);
  fc.assert(
    fc.property(calls, object, fc.constantFrom<Identity['projects']>('all', ['blue'], ['blue', 'red']), (call, owned, projects) => {
      const types = roles.map((role) => mayCall(identity(role, projects), call, owned).type);
      for (const [index, type] of types.entries()) {
        if (type === 'allowed') expect(types.slice(index)).not.toContain('forbidden');
        if (type === 'allowed') expect(mayCall(identity(roles[index]!, 'all'), call, owned).type).toBe('allowed');
      }
    }),
  );
});
