#!/usr/bin/perl
# The life of a guest through Sys::Virt: define, start, watch, read, stop, undefine.
#
# usage: life.pl URI DOMAIN-XML-FILE
use strict;
use warnings;
use Sys::Virt;
use Sys::Virt::Domain;
use Sys::Virt::Event;

my ($uri, $path) = @ARGV;
open my $file, '<', $path or die "$path: $!";
my $xml = do { local $/; <$file> };
$| = 1;

Sys::Virt::Event::register_default();
my $connection = Sys::Virt->new(uri => $uri);
my @names = qw(defined undefined started suspended resumed stopped shutdown);
my @heard;
$connection->domain_event_register_any(undef, Sys::Virt::Domain::EVENT_ID_LIFECYCLE, sub {
    my (undef, $domain, $event) = @_;
    push @heard, $names[$event] // $event;
});

# Nothing runs beside: an event is heard while the loop turns.
my $tick = Sys::Virt::Event::add_timeout(50, sub { });
sub wait_for {
    my ($what) = @_;
    my $give_up = time + 30;
    until (grep { $_ eq $what } @heard) {
        die "no event '$what' within 30 s; heard: @heard\n" if time > $give_up;
        Sys::Virt::Event::run_default();
    }
}

print 'connected to ', $connection->get_type, "\n";
my $domain = $connection->define_domain($xml);
my $name = $domain->get_name;
wait_for('defined');
print "defined $name ", $domain->get_uuid_string, "\n";

$domain->create;
wait_for('started');
my $info = $domain->get_info;
print "started, state $info->{state}, memory $info->{maxMem} of it $info->{memory} KiB, $info->{nrVirtCpu} processors\n";
my ($target) = $domain->get_xml_description =~ /<target dev='([^']+)'/;
my $counters = $domain->interface_stats($target);
print "interface $target has ", scalar(keys %$counters), " counters\n";

$domain->suspend;
wait_for('suspended');
$domain->resume;
wait_for('resumed');
print "suspended and resumed\n";

eval { $domain->create };
print "refused: ", $@->code, " ", $@->message, "\n" if $@;

$domain->destroy;
wait_for('stopped');
$domain->undefine;
wait_for('undefined');
eval { $connection->get_domain_by_name($name) };
print "gone: ", $@->code, "\n" if $@;
print "heard: @heard\n";
