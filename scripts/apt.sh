# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# apt.sh: Debian packages as files.  Sourced after common.sh; nothing here
# installs anything.  What is downloaded stays in the user's cache.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/driver-flavour
mkdir -p "$cache"

known() { # PACKAGE: has apt heard of it?
	[ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]
}

# The package that PACKAGE depends on and that matches PATTERN.
depends() {
	apt-cache depends --important "$1" 2>/dev/null |
		sed -n 's/^ *|\?Depends: //p' | grep -xE "$2" | sed -n 1p
}

# PACKAGE's newest version: "FILE SHA256", FILE being its name in the archive.
archive_file() {
	apt-cache show --no-all-versions "$1" |
		awk '$1 == "Filename:" { sub(".*/", "", $2); file = $2 }
		     $1 == "SHA256:" { sum = $2 }
		     END { print file, sum }'
}

intact() { # FILE SHA256
	[ -f "$1" ] && echo "$2  $1" | sha256sum --check --status
}

# download PACKAGE: its .deb into the cache, and the path into $deb.
download() {
	local file sum part
	read -r file sum < <(archive_file "$1")
	deb=$cache/$file
	intact "$deb" "$sum" && return

	say "apt: downloading $1"
	part=$(mktemp -d "$cache/part.XXXXXX")
	(cd "$part" && quietly apt-get "${apt_options[@]}" download \
		-o APT::Sandbox::User="$(id -un)" "$1") || {
		rm -rf "$part"
		return 1
	}
	# apt escapes a version's colon in the name; the archive has none.
	mv -f "$part"/*.deb "$deb"
	rm -rf "$part"
}
