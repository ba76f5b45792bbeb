# Sourced by tools/demo and tools/test: makes .venv and installs what is missing. Quick the second time.
#   setup EXTRAS APT_PACKAGE...     afterwards $python is the interpreter of .venv

say() { printf '%s\n' "$*" >&2; }

# The first Python that is new enough; 3.11 is what the packages below ask for.
find_python() {
  local name
  for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed: apt-get install python3, or set PYTHON to one"
  exit 2
}

# Install Debian packages that are missing: at once as root or by passwordless sudo, else say the one line to run.
need_packages() {
  local missing=() name apt=()
  command -v dpkg-query >/dev/null || return 0
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -eq 0 ]; then apt=(apt-get)
  elif sudo -n true 2>/dev/null; then apt=(sudo -n apt-get)
  else
    say "system libraries are missing; run this once, then again:"
    say "  sudo apt-get install --no-install-recommends ${missing[*]}"
    exit 2
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update -qq >/dev/null || true
  "${apt[@]}" install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 \
    || "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2
}

setup() {
  local extras=$1 base stamp
  shift
  base=$(find_python)
  local packages=(libegl1 libgl1 libgl1-mesa-dri libportaudio2 "$@")
  # Debian splits venv's ensurepip off its own Python; another Python brings its own.
  "$base" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
  need_packages "${packages[@]}"
  python=$PWD/.venv/bin/python
  stamp="$extras $("$base" -V) $(cksum < pyproject.toml)"
  if [ ! -x "$python" ] || ! grep -qsxF "$stamp" .venv/installed; then
    say "making .venv (this takes a minute or two, once)"
    "$python" -c '' 2>/dev/null || "$base" -m venv --clear .venv
    "$python" -m pip install -q --disable-pip-version-check --no-warn-script-location -e ".[$extras]" >&2
    # The wider set of extras serves the narrower one: keep every stamp that was reached.
    printf '%s\n' "$stamp" >> .venv/installed
  fi
  export PATH=$PWD/.venv/bin:$PATH
}
