# A private PostgreSQL for tests: own folder, own socket, no TCP port, no durability, gone at exit.
# Tests find it in TANDEM_TEST_POSTGRES, a libpq connection string of a superuser.
# shellcheck shell=bash

# The server refuses to run as root; it then runs as the user that Debian's package made for it.
postgres_run() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

postgres_start() {
  if [[ -n ${TANDEM_TEST_POSTGRES:-} ]]; then return; fi
  local programs folder
  programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)
  [[ -n $programs ]] || die "There is no PostgreSQL server." "Run scripts/setup test."
  folder=$(mktemp -d "${TMPDIR:-/tmp}/tandem-pg.XXXXXX")
  if ((EUID == 0)); then chown postgres "$folder"; fi
  at_exit postgres_stop "$programs" "$folder"
  step "Start a PostgreSQL for the tests" postgres_create "$programs" "$folder"
  export TANDEM_TEST_POSTGRES="host=$folder user=tandem dbname=postgres"
}

postgres_create() {
  local programs=$1 folder=$2
  cd "$folder" || return
  postgres_run "$programs/initdb" --pgdata "$folder/data" --username tandem --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync
  postgres_run "$programs/pg_ctl" --pgdata "$folder/data" --wait --log "$folder/log" \
    --options "-k '$folder' -c listen_addresses='' -c fsync=off -c max_connections=200" start
}

postgres_stop() {
  (cd "$2" && postgres_run "$1/pg_ctl" --pgdata "$2/data" --mode immediate stop) >/dev/null 2>&1
  rm -rf "$2"
}
