# The Python environments in the cache: one for the engine's server (run) and the test clients
# (test), one for a client that does not get on with those (llama-index).
# Versions and hashes come from scripts/lib/requirements-*.txt; scripts/lib/lock renews those.
# shellcheck shell=bash

python_of() { echo "$1/bin/python3"; }  # an environment

python_stamp() {  # environment, group
  { "$(python_of "$1")" --version; cat "$TANDEM_LIB/requirements-$2.txt"; } | sha256sum
}

create_venv() {  # environment
  if "$(python_of "$1")" -m pip --version >/dev/null 2>&1; then return; fi
  rm -rf "$1"
  step "Create the Python environment ${1##*/}" "$(system_python)" -m venv "$1"
}

install_python_packages() {  # environment, groups
  local venv=$1 group stamp
  shift
  for group in "$@"; do
    stamp=$venv/.installed-$group
    if [[ -f $stamp && $(python_stamp "$venv" "$group") == "$(cat "$stamp")" ]]; then
      say "Python packages ($group): all present"
      continue
    fi
    step "Install the Python packages ($group)" "$(python_of "$venv")" -m pip install \
      --progress-bar off \
      --disable-pip-version-check --no-input --no-deps --only-binary :all: --require-hashes \
      --retries 5 -r "$TANDEM_LIB/requirements-$group.txt"
    python_stamp "$venv" "$group" >"$stamp"
  done
}
