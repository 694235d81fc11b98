#!/bin/sh
# Records ttmem_peer:event in a session of its own, in memory, the oldest overwritten, from the line "ready"
# until standard input ends. Starts a session daemon if none runs, and then ends it too.
# LTTNG_HOME is a directory that is removed afterwards.
session=ttmem-peer-$$
waits=$(ls /dev/shm/lttng-ust-wait-* 2>/dev/null)
daemon=

control() {
    lttng --no-sessiond "$@" >/dev/null
}

finish() {
    trap '' INT TERM
    control destroy "$session" 2>/dev/null
    if [ -n "$daemon" ]; then
        kill "$daemon" && wait "$daemon"
        # The daemon and the programs it records never remove these.
        [ -n "$waits" ] || rm -f /dev/shm/lttng-ust-wait-*
    fi
}
trap finish EXIT
trap 'exit 1' INT TERM

if ! control list 2>/dev/null; then
    # No kernel: nothing of it is recorded, and no module of it is loaded.
    lttng-sessiond --no-kernel >/dev/null 2>"$LTTNG_HOME/daemon" &
    daemon=$!
    tries=0
    until control list 2>/dev/null; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ]; then
            echo "the session daemon does not answer: $(tail -n 1 "$LTTNG_HOME/daemon")" >&2
            exit 1
        fi
        sleep 0.1
    done
fi
control create "$session" --snapshot || exit
control enable-event --session "$session" --userspace ttmem_peer:event || exit
control start "$session" || exit
echo ready
cat >/dev/null
