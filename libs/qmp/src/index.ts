export type { CpuDefinition, MachineAnswer, QemuVersionAnswer, QmpCommands, RunState, RxFilter, SchemaEntry } from './commands.js';
export { CommandTimeout, ConnectFailed, MonitorClosed, ProtocolError, QmpError } from './errors.js';
export type { QmpEvent, QmpEvents } from './events.js';
export type { Unsubscribe } from './listeners.js';
export type { Greeting } from './messages.js';
export { Monitor, type CommandOptions, type ConnectOptions } from './monitor.js';
