#!/usr/bin/env bash
# Installs the Debian packages that are missing where it may (root), else prints the one command to type.
set -euo pipefail
purpose=${1:-run}
missing=()

newest_postgis() {
    apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' 2>/dev/null | awk '{print $1}' | sort -t- -k2 -n | tail -n 1
}

has_postgis() {
    local control
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        [ -e "$control" ] && [ -x "/usr/lib/postgresql/$(basename "$(dirname "$(dirname "$control")")")/bin/initdb" ] && return 0
    done
    return 1
}

need() { # package, command
    command -v "$2" >/dev/null 2>&1 || missing+=("$1")
}

"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing+=(python3)
"${PYTHON:-python3}" -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
need nodejs node
need npm npm
need util-linux setpriv
if [ "$purpose" = test ]; then
    [ -x /usr/bin/chromium ] || missing+=(chromium)
    fc-list 2>/dev/null | grep -q 'Noto Sans CJK' || missing+=(fonts-noto-cjk fontconfig)
fi
postgis=0
has_postgis || postgis=1
[ ${#missing[@]} -eq 0 ] && [ $postgis -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: missing: ${missing[*]-} $([ $postgis -eq 1 ] && echo 'PostgreSQL 15+ with PostGIS 3.3+')" >&2
    echo "setup: this machine has no apt-get; install them with its own package tool and start again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    [ $postgis -eq 1 ] && missing+=("$(newest_postgis || true)")
    [ -n "${missing[-1]}" ] || missing[-1]=postgresql-postgis
    echo "setup: some system packages are missing. Type this, then start again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    exit 1
fi
echo "setup: system packages (${missing[*]-}$([ $postgis -eq 1 ] && echo ' PostGIS'))"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ $postgis -eq 1 ] && missing+=("$(newest_postgis)")
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
