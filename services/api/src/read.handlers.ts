import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { FleetReader } from './fleet.reader.js';
import { NetworkReader } from './network.reader.js';

@Controller()
export class ReadHandlers {
  constructor(
    @Inject(FleetReader) private readonly fleet: FleetReader,
    @Inject(NetworkReader) private readonly network: NetworkReader,
  ) {}

  @Handle(contracts.listDomains)
  domains(question: contracts.PageQuestion): contracts.DomainList {
    return this.fleet.domains(question);
  }

  @Handle(contracts.getDomain)
  domain(question: contracts.DomainRef): Promise<contracts.DomainDetail> {
    return this.fleet.domain(question.domain);
  }

  @Handle(contracts.getDomainXml)
  domainXml(question: contracts.DomainXmlQuestion): Promise<contracts.DefinitionXml> {
    return this.fleet.domainDefinition(question.domain, question.inactive ?? false);
  }

  @Handle(contracts.listNetworks)
  networks(question: contracts.PageQuestion): contracts.NetworkList {
    return this.fleet.networks(question);
  }

  @Handle(contracts.getNetworkXml)
  networkXml(question: contracts.NetworkXmlQuestion): Promise<contracts.DefinitionXml> {
    return this.network.xml(question.network, question.inactive ?? false);
  }

  @Handle(contracts.listLeases)
  async leases(question: contracts.NetworkRef): Promise<contracts.LeaseList> {
    return { leases: await this.network.leases(question.network) };
  }

  @Handle(contracts.listNetworkPorts)
  async ports(question: contracts.NetworkRef): Promise<contracts.PortList> {
    return { ports: await this.network.ports(question.network) };
  }

  @Handle(contracts.getNetworkPortXml)
  async portXml(question: contracts.PortXmlQuestion): Promise<contracts.Xml> {
    return { xml: await this.network.portXml(question.network, question.port) };
  }

  @Handle(contracts.getDomainAddresses)
  async addresses(question: contracts.DomainAddressQuestion): Promise<contracts.DomainAddresses> {
    return { interfaces: await this.network.addresses(question) };
  }

  @Handle(contracts.getCardFilter)
  cardFilter(question: contracts.DomainCardQuestion): Promise<contracts.CardFilter> {
    return this.network.cardFilter(question);
  }

  @Handle(contracts.getCapabilities)
  capabilities(): Promise<contracts.Xml> {
    return this.fleet.capabilities();
  }

  @Handle(contracts.getGuestCapabilities)
  guestCapabilities(question: contracts.GuestKind): contracts.Xml {
    return this.fleet.guestCapabilities(question);
  }

  @Handle(contracts.listSecrets)
  secrets(question: contracts.PageQuestion): contracts.SecretList {
    return this.fleet.secrets(question);
  }

  @Handle(contracts.listHosts)
  hosts(question: contracts.PageQuestion): contracts.HostList {
    return this.fleet.hosts(question);
  }
}
