import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle, type MessageContext } from '@virtbus/messaging';
import { BindingRunner } from './binding.runner.js';
import { NwfilterReader } from './nwfilter.reader.js';
import { NwfilterRunner } from './nwfilter.runner.js';

@Controller()
export class NwfilterHandlers {
  constructor(
    @Inject(NwfilterRunner) private readonly runner: NwfilterRunner,
    @Inject(NwfilterReader) private readonly reader: NwfilterReader,
    @Inject(BindingRunner) private readonly made: BindingRunner,
  ) {}

  @Handle(contracts.defineNwfilter)
  define(command: contracts.DefineNwfilter): Promise<contracts.ObjectId> {
    return this.runner.define(command.xml);
  }

  @Handle(contracts.undefineNwfilter)
  undefine(command: contracts.NwfilterRef): Promise<contracts.ObjectId> {
    return this.runner.undefine(command.filter);
  }

  @Handle(contracts.listNwfilters)
  list(question: contracts.PageQuestion): contracts.NwfilterList {
    return this.reader.filters(question);
  }

  @Handle(contracts.getNwfilterXml)
  async xml(question: contracts.NwfilterRef): Promise<contracts.Xml> {
    return { xml: await this.runner.xml(question.filter) };
  }

  @Handle(contracts.listNwfilterBindings)
  bindings(question: contracts.PageQuestion): contracts.NwfilterBindingList {
    return this.reader.list(question);
  }

  @Handle(contracts.getNwfilterBindingXml)
  async bindingXml(question: contracts.NwfilterBindingQuestion): Promise<contracts.Xml> {
    return { xml: (await this.reader.binding(question)).xml };
  }

  @Handle(contracts.createNwfilterBinding)
  createBinding(command: contracts.CreateNwfilterBinding, context: MessageContext): Promise<contracts.NwfilterBindingId> {
    return this.made.create(command, context.commandId);
  }

  @Handle(contracts.deleteNwfilterBinding)
  deleteBinding(command: contracts.NwfilterBindingQuestion): Promise<contracts.NwfilterBindingId> {
    return this.made.delete(command);
  }
}
