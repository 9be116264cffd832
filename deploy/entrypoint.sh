#!/bin/sh
# What a container of the image runs: without arguments the whole gateway, with the names of workers those,
# and with anything else that command of llmp.
set -eu

are_workers() {
  [ $# -gt 0 ] || return 1
  for word; do
    case "$word" in
      ingress | scrubber | policy | rag | upstream) ;;
      *) return 1 ;;
    esac
  done
}

[ "${1-}" != llmp ] || shift
[ "${1-}" != start ] || shift
if [ $# = 0 ]; then
  # Nobody could read a file within the container, which may have no volume.
  export LLMP_FIRST_KEY="${LLMP_FIRST_KEY:-show}"
elif ! are_workers "$@"; then
  exec node /app/services/cli/llmp.ts "$@"
fi
# With the default of Node, new objects alone take 128 MB before they are collected.
exec node --max-semi-space-size=16 /app/services/main.ts "$@"
