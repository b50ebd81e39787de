#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-libvirt-hook.sh HOOK: which devices of a guest get their policy back,
# from XML as libvirt writes it for a hook.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/flavourctl" <<END
#!/bin/sh
echo "\$*" >>$dir/said
case \$* in *:03:*) exit 4 ;; esac
END
sed "s,[^ ]*/flavourctl ,$dir/flavourctl ," "$1" >"$dir/hook"
chmod +x "$dir/flavourctl" "$dir/hook"

guest() { # what is among its devices, on stdin
	echo "<domain type='qemu' id='1'>
  <name>guest</name>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/tmp/&gt;disk' index='1'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x0a' slot='0x00' function='0x0'/>
    </disk>"
	cat
	echo "    <memballoon model='none'/>
  </devices>
</domain>"
}

failed=0
# expect STATUS WANT OPERATION
expect() {
	: >"$dir/said"
	guest | "$dir/hook" guest "$3" end -
	local status=$? got
	got=$(sed 's/^apply -q --device //' "$dir/said" | paste -sd ' ')
	[ "$status $got" = "$1 $2" ] && return
	echo "after $3: $status, \"$got\", not $1, \"$2\""
	failed=1
}

expect 0 "" release </dev/null
expect 0 "0000:02:00.0 0001:fe:1f.7 0000:05:00.1 0000:06:00.0" release <<'END'
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio'/>
      <source>
        <address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>
      </source>
      <alias name='hostdev0'/>
      <address type='pci' domain='0x0000' bus='0x0b' slot='0x00' function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='pci' managed='no'>
      <source writeFiltering='no'>
        <address domain='0x0001' bus='0xfe' slot='0x1f' function='0x7'/>
        <origstates>
          <unbind/>
        </origstates>
      </source>
    </hostdev>
    <interface type='hostdev' managed='yes'>
      <mac address='52:54:00:6d:90:02'/>
      <source>
        <address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x1'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x0c' slot='0x00' function='0x0'/>
    </interface>
    <disk type='nvme' device='disk'>
      <source type='pci' managed='yes' namespace='1' index='1'>
        <address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>
      </source>
    </disk>
END
expect 0 "" release <<'END'
    <hostdev mode='subsystem' type='usb' managed='yes'>
      <source>
        <vendor id='0x1234'/>
        <product id='0xbeef'/>
        <address bus='1' device='2'/>
      </source>
      <address type='usb' bus='0' port='1'/>
    </hostdev>
    <hostdev mode='subsystem' type='scsi' managed='no'>
      <source>
        <adapter name='scsi_host0'/>
        <address bus='0' target='0' unit='0'/>
      </source>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/>
    </hostdev>
    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'>
      <source>
        <address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x0d' slot='0x00' function='0x0'/>
    </hostdev>
END

device() { # BUS
	echo "<hostdev type='pci'><source>
	<address domain='0x0000' bus='0x$1' slot='0x00' function='0x0'/></source></hostdev>"
}
(device 03 && device 04) >"$dir/two"
expect 4 "0000:03:00.0 0000:04:00.0" release <"$dir/two"
for other in prepare start started stopped migrate restore reconnect attach; do
	expect 0 "" $other <"$dir/two"
done
exit $failed
