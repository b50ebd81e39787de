# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# apt.sh: Debian packages as files.  Sourced after common.sh; nothing here
# installs anything.  What is downloaded stays in the user's cache.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/driver-flavour
mkdir -p "$cache"

# mirror PART: where this machine's Debian comes from; PART is empty, -updates, -security.
mirror() {
	# shellcheck disable=SC2016 # the $() are apt-get's
	apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' 'Origin: Debian' |
		sed -n "s/^$(host_release)$1 //p" | sort -u | sed -n 1p
}

# Lines of sources.list for a suite, or for a release and its updates, from the
# mirrors that this machine has its own from.
sources_of() { # SUITE
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg part site
	case $1 in
	*-*)
		site=$(mirror '')
		[ -z "$site" ] || echo "deb [signed-by=$keys] $site $1 main"
		;;
	*)
		for part in '' -updates -security; do
			site=$(mirror "$part")
			[ -z "$site" ] || echo "deb [signed-by=$keys] $site $1$part main"
		done
		;;
	esac
}

# use_suite SUITE: from here on, all of this file is about that suite, by lists of
# its own in the cache. This machine's apt does not hear of it.
use_suite() {
	[ "$1" != "$(host_release)" ] || return 0
	local dir=$cache/apt/$1
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	[ -n "$(mirror '')" ] || apt_update
	sources_of "$1" >"$dir/sources.list.$$"
	[ -s "$dir/sources.list.$$" ] || die "apt has no Debian mirror to take $1 from"
	cat >"$dir/apt.conf.$$" <<-END
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::State::lists "$dir/lists";
	Dir::State::status "/dev/null";
	Dir::Cache "$dir";
	Dir::Cache::pkgcache "pkgcache.bin";
	APT::Architecture "$(dpkg --print-architecture)";
	APT::Default-Release "";
	APT::Sandbox::User "$(id -un)";
	Acquire::Languages "none";
	END
	# others may be reading them
	mv "$dir/sources.list.$$" "$dir/sources.list"
	mv "$dir/apt.conf.$$" "$dir/apt.conf"
	apt_options+=(-c "$dir/apt.conf")
	# shellcheck disable=SC2034 # used by apt_update
	apt_private=yes
}

known() { # PACKAGE: has apt heard of it?
	[ -n "$(apt-cache "${apt_options[@]}" show --no-all-versions "$1" 2>/dev/null)" ]
}

# depends_all PACKAGE PATTERN: the packages that it depends on and that match.
depends_all() {
	apt-cache "${apt_options[@]}" depends --important "$1" 2>/dev/null |
		sed -n 's/^ *|\?Depends: //p' | grep -xE "$2" | awk '!seen[$0]++'
}

# The first of them.
depends() { # PACKAGE PATTERN
	depends_all "$@" | sed -n 1p
}

# PACKAGE's newest version: "FILE SHA256", FILE being its name in the archive.
archive_file() {
	apt-cache "${apt_options[@]}" show --no-all-versions "$1" |
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
