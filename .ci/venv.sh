# Sourced by ./quickstart, ./test and .ci/run with the checkout as working directory.
# Gives .venv a Python and what the caller wants installed in it.

say() { printf '%s\n' "$*" >&2; }

find_python() {  # prints the first interpreter that can run this project
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed, and none was found on PATH."
  say "On Debian: apt-get install python3 python3-venv    (or set PYTHON=/path/to/python3)"
  return 1
}

make_venv() {  # makes .venv unless a working one is there
  local python log
  .venv/bin/python -c 'import pip' >/dev/null 2>&1 && return
  python=$(find_python) || return 1
  log=$(mktemp)
  say "Making .venv with $("$python" --version 2>&1)"
  # One whose interpreter has gone away is of no use to anybody.
  [ ! -f .venv/pyvenv.cfg ] || .venv/bin/python -c '' 2>/dev/null || rm -rf .venv
  if ! "$python" -m venv .venv >"$log" 2>&1; then
    tail -n 3 "$log" >&2
    rm -f "$log"
    say "$python cannot make a virtual environment."
    say "On Debian: apt-get install python3-venv"
    return 1
  fi
  rm -f "$log"
}

fingerprint() {  # of what decides whether installation $1 is still the right one
  {
    printf '%s\n' "$1"
    [ "$1" != wheel ] || git rev-parse HEAD 2>/dev/null || true
    cat pyproject.toml setup.cfg setup.py
  } | cksum
}

installed() {  # whether $1 is what .venv holds
  [ -f .venv/.installed ] && [ "$(fingerprint "$1")" = "$(cat .venv/.installed)" ]
}

unchanged() {  # whether no file below src and twisted is younger than the installation
  [ -z "$(find src twisted -type f -newer .venv/.installed -not -path '*__pycache__*' \
    -not -path '*.egg-info*' -not -name dropin.cache -print -quit)" ]
}

pip_install() {  # installs "${@:2}" quietly and remembers it as $1
  local log
  log=$(mktemp)
  rm -f .venv/.installed
  rm -rf build/lib build/bdist.* # what setuptools left there would get into the next wheel
  if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check "${@:2}" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    say "pip could not install what is needed; see above."
    return 1
  fi
  rm -f "$log"
  fingerprint "$1" >.venv/.installed
}
