# Debian packages: which of scripts/lib/packages.txt are missing, and their installation.
# shellcheck shell=bash

# packages_of run test → the names of those groups, one a line.
packages_of() {
  local group
  for group in "$@"; do
    awk -v group="$group" '$1 == group {print $2}' "$TANDEM_LIB/packages.txt"
  done
}

missing_packages() {
  local wanted
  mapfile -t wanted < <(packages_of "$@")
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null |
      awk '$1 == "ii" {print $2}' | sort -u)
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "Debian packages: all present"
    return
  fi
  note "missing: ${missing[*]}"
  step "Read the package lists" as_root apt-get update
  step "Install ${#missing[@]} Debian packages" apt_install "${missing[@]}"
}

# Servers that come with the test packages must not start by themselves: the tests run their own.
# Nothing that is installed is removed to make room; apt then says what is in the way.
apt_install() {
  local policy=/usr/sbin/policy-rc.d status=0 ours=no
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 0755 "$policy"
    ours=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    --no-remove -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" ||
    status=$?
  if [[ $ours == yes ]]; then as_root rm -f "$policy"; fi
  return $status
}
