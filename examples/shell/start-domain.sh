#!/usr/bin/env bash
# Starts a domain on a virtbus fleet and waits for the outcome, with bash alone: NATS is lines of text on a TCP connection.
set -euo pipefail
export LC_ALL=C # read -N counts bytes

if [[ $# -lt 1 || $1 == -h || $1 == --help ]]; then
  cat <<'TEXT'
usage: start-domain.sh NAME [HOST] [PORT]

Start a domain on a virtbus fleet, with nothing but NATS.

  NAME  name or UUID of a domain that is defined
  HOST  of the NATS server; default 127.0.0.1
  PORT  of the NATS server; default 4222

VIRTBUS_TIMEOUT says how many seconds to wait for the outcome; default 60.
TEXT
  [[ $# -ge 1 ]] && exit 0 || exit 1
fi

name=${1//\\/\\\\}
name=${name//\"/\\\"}
body="{\"domain\":\"$name\"}"
subject=virtbus.v1.cmd.domain.start
id=$(tr -d - </proc/sys/kernel/random/uuid)
deadline=$((SECONDS + ${VIRTBUS_TIMEOUT:-60}))

fail() {
  echo "error: $1" >&2
  exit 1
}

head=$(printf 'NATS/1.0\r\nNats-Msg-Id: %s\r\n\r\n.' "$id")
head=${head%.}

{ exec 3<>"/dev/tcp/${2:-127.0.0.1}/${3:-4222}"; } 2>/dev/null || fail "no NATS server answers at ${2:-127.0.0.1}:${3:-4222}"
# The outcome is subscribed to before the command is sent, so that even the quickest one is not missed.
printf 'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB virtbus.v1.evt.operation.%s.finished 1\r\nSUB _INBOX.%s 2\r\n' "$id" "$id" >&3
printf 'HPUB %s _INBOX.%s %d %d\r\n%s%s\r\n' "$subject" "$id" "${#head}" $((${#head} + ${#body})) "$head" "$body" >&3
echo "sent     $subject $id"

while true; do
  left=$((deadline - SECONDS))
  ((left > 0)) && read -r -t "$left" -u 3 verb words || fail "$subject has no outcome; it goes on as $id"
  words=${words%$'\r'}
  case $verb in
    PING*) printf 'PONG\r\n' >&3 ;;
    -ERR*) fail "$words" ;;
    MSG | HMSG)
      read -r -N $((${words##* } + 2)) -t 5 -u 3 message || fail 'the NATS server has closed the connection'
      case $words in
        _INBOX.*)
          [[ $message == NATS/1.0\ 503* ]] && fail 'nobody keeps commands here: is the fleet up?'
          [[ $message == *'"error"'* ]] && fail "the command was not kept: $message"
          echo "kept     $(sed -n 's/.*"stream":"\([^"]*\)", *"seq":\([0-9]*\).*/\1 \2/p' <<<"$message")"
          ;;
        *)
          outcome=${message#*$'\r\n\r\n'}
          if [[ $outcome == *'"ok":true'* ]]; then
            echo "outcome  $(sed -n 's/.*"result":\({[^}]*}\).*/\1/p' <<<"$outcome")"
            exit 0
          fi
          fail "$(sed -n 's/.*"message":"\(\([^"\\]\|\\.\)*\)".*/\1/p' <<<"$outcome") ($(sed -n 's/.*"code":"\([a-z_]*\)".*/\1/p' <<<"$outcome"))"
          ;;
      esac
      ;;
  esac
done
