# The Python environment in the cache: the engine's server (run) and the test clients (test).
# Versions and hashes come from scripts/lib/requirements-*.txt; scripts/lib/lock renews those.
# shellcheck shell=bash

python_stamp() {
  { "$TANDEM_VENV/bin/python3" --version; cat "$TANDEM_LIB/requirements-$1.txt"; } | sha256sum
}

create_venv() {
  if "$TANDEM_VENV/bin/python3" -m pip --version >/dev/null 2>&1; then return; fi
  rm -rf "$TANDEM_VENV"
  step "Create the Python environment" "$(system_python)" -m venv "$TANDEM_VENV"
}

install_python_packages() {
  local group stamp
  for group in "$@"; do
    stamp=$TANDEM_VENV/.installed-$group
    if [[ -f $stamp && $(python_stamp "$group") == "$(cat "$stamp")" ]]; then
      say "Python packages ($group): all present"
      continue
    fi
    step "Install the Python packages ($group)" "$TANDEM_VENV/bin/python3" -m pip install \
      --progress-bar off \
      --disable-pip-version-check --no-input --no-deps --only-binary :all: --require-hashes \
      --retries 5 -r "$TANDEM_LIB/requirements-$group.txt"
    python_stamp "$group" >"$stamp"
  done
}
