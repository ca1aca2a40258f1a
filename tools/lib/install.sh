# Sourced by the scripts that install things: Debian packages by name, and registry packages by name,
# version and SHA-256 from a lock file with lines of `kind package machine sha256`.

say() { echo "${0##*/}: $*" >&2; }
die() { say "error: $*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "neither root nor sudo, which this needs: $*"
  sudo "$@"
}

# Prints those of the named packages that dpkg does not have installed. (dpkg-query fails when it has
# never heard of one of them, which is an answer.)
missing_packages() {
  local have
  have=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true; } |
    sed -n 's/^installed //p')
  comm -13 <(sort -u <<<"$have") <(printf '%s\n' "$@" | sort -u)
}

install_packages() {
  command -v dpkg-query >/dev/null || die "this is not Debian; install yourself: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# locked <lock> <kind> -> lines of "package sha256" for this machine
locked() {
  awk -v kind="$2" -v machine="$(uname -m)" \
    '$1 == kind && ($3 == machine || $3 == "any") { print $2, $4 }' "$1"
}

# locked_one <lock> <kind> <package name> -> "package sha256"
locked_one() {
  locked "$1" "$2" | awk -v name="$3" 'index($1, name "@") == 1 || index($1, name "==") == 1' | grep . ||
    die "$1 pins no $3 for $(uname -m)"
}

check_sha256() {  # file sha256
  echo "$2  $1" | sha256sum --check --status || die "$1 does not have the hash in the lock file"
}

# with_lock <command...>: two runs in the same folder do not install twice at once.
with_lock() {
  mkdir -p .cache
  exec 9>.cache/.lock
  flock 9
  "$@"
  exec 9>&-
}

# pip_install <venv> <lock> <kind> [more options]: exactly what the lock names, its hashes checked.
# --no-deps and --no-build-isolation keep pip from fetching anything that is not in the lock.
pip_install() {
  local venv=$1 lock=$2 kind=$3
  shift 3
  [ -x "$venv/bin/pip" ] || /usr/bin/python3 -m venv "$venv"
  PATH="$venv/bin:$PATH" "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --no-build-isolation --require-hashes "$@" -r <(locked "$lock" "$kind" | sed 's/ / --hash=sha256:/')
}

# pip_source <venv> <lock> <kind> <name> <folder>: the package's source distribution, not installed.
pip_source() {
  [ -x "$1/bin/pip" ] || /usr/bin/python3 -m venv "$1"
  PATH="$1/bin:$PATH" "$1/bin/pip" download --quiet --disable-pip-version-check --no-deps \
    --no-build-isolation --no-binary "$4" --require-hashes --dest "$5" \
    -r <(locked_one "$2" "$3" "$4" | sed 's/ / --hash=sha256:/')
}
