# What every script of this folder shares: where things are, how progress is shown, how a step is
# timed, and how a script makes sure that setup and build have been done. Source it; never run it:
#   . "$(dirname "$0")/lib/common.sh"
#   ensure_setup run
#   step "Start the server" start_server
# shellcheck shell=bash disable=SC2034

set -euo pipefail

TANDEM_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TANDEM_LIB=$TANDEM_ROOT/scripts/lib
export HOME=${HOME:-/root}
export TANDEM_CACHE=${TANDEM_CACHE:-$HOME/.cache/tandem}
TANDEM_LOGS=$TANDEM_ROOT/build/logs
TANDEM_VENV=$TANDEM_CACHE/venv

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' red='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain"; }
# die "what is wrong" "what to do next"
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  [[ $# -lt 2 ]] || printf '       %s\n' "$2" >&2
  exit 1
}

# at_exit command args...  Runs when the script ends, however it ends; the last one first.
exit_commands=() exit_command=
at_exit() {
  exit_commands=("$(printf '%q ' "$@")" "${exit_commands[@]}")
  trap 'for exit_command in "${exit_commands[@]}"; do eval "$exit_command" || true; done' EXIT
}
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Seconds with one decimal since `start`, a value of now_ms.
now_ms() { echo $(($(date +%s%N) / 1000000)); }
seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

step_group=
end_step() { [[ -z $step_group ]] || kill -TERM -- "-$step_group" 2>/dev/null || true; }
at_exit end_step

last_line_of() { tail -c 400 "$1" | tr '\r' '\n' | tail -n 1 | cut -c1-90; }

# step "Title" command args...  Runs the command with its output in build/logs; shows that it is
# alive every 20 s, how long it took, and the end of the log if it fails.
step() {
  local title=$1 start log slug pid status=0 beat=0
  shift
  slug=$(tr -cs 'a-zA-Z0-9' '_' <<<"$title" | cut -c1-60)
  log=$TANDEM_LOGS/${slug%_}.log
  mkdir -p "$TANDEM_LOGS"
  start=$(now_ms)
  say "$title"
  # A process group of its own, so that all of it can be ended with the script.
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  step_group=$pid
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    beat=$((beat + 1))
    if ((beat % 100 == 0)); then
      note "still running after $(seconds_since "$start"): $(last_line_of "$log")"
    fi
  done
  wait "$pid" || status=$?
  step_group=
  if ((status != 0)); then
    tail -n "${TANDEM_LOG_TAIL:-60}" "$log" >&2
    die "$title failed after $(seconds_since "$start") (exit code $status)." "The whole log is $log"
  fi
  note "done in $(seconds_since "$start")"
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -E "$@"
  else
    die "'$1' must run as root and there is no sudo." "Run this script as root, or install sudo."
  fi
}

# Parallel compile jobs: one a core, but no more than memory allows at 1.5 GiB each.
compile_jobs() {
  local cores memory_kib by_memory
  cores=$(nproc)
  memory_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  by_memory=$((memory_kib / (1536 * 1024)))
  ((by_memory >= 1)) || by_memory=1
  echo "${TANDEM_JOBS:-$((cores < by_memory ? cores : by_memory))}"
}

# The Python that a fresh Debian has, whatever else stands first in PATH.
system_python() {
  if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi
}

# For scripts that need more than they do themselves.
ensure_setup() {                                              # run | test | all; once a run
  if [[ " ${TANDEM_SETUP_DONE:-} " == *" $1 "* ]]; then return; fi
  "$TANDEM_ROOT/scripts/setup" "$1"
  export TANDEM_SETUP_DONE="${TANDEM_SETUP_DONE:-} $1"
  if [[ $1 == all ]]; then TANDEM_SETUP_DONE+=" run test"; fi
}
ensure_build() { "$TANDEM_ROOT/scripts/build" "$1"; }        # a preset; sets up what it needs
binary_of() { echo "$TANDEM_ROOT/build/$1/tandem"; }         # a preset
