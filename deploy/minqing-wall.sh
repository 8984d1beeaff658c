#!/bin/bash
# Opens a wall in Chromium: waits for the server, comes in by the link of the display, and ends where the wall no longer
# stands, so that minqing-wall.service starts it anew.
#
# CREDENTIALS_DIRECTORY/link holds the link (https://minqing.example/wall/enter#mqw_...). It is handed on in a file that the
# user of the display alone may read: a command line is seen by everybody on the machine.
#
# Every half minute the page says "minqing: the wall stands". It says nothing where it has crashed, hangs, is the browser's own
# page, or needs the key again; after PATIENCE_S (150) seconds of that the browser is ended.
set -eu
patience=${PATIENCE_S:-150}
link=$(cat "$CREDENTIALS_DIRECTORY/link")
site=${link%%/wall/enter#*}
if [ "$site" = "$link" ]; then
    echo "The file of the link does not hold a link such as https://minqing.example/wall/enter#mqw_..." >&2
    exit 1
fi

until curl --fail --silent --output /dev/null --max-time 5 "$site/healthz"; do
    echo "$site does not answer; trying again" >&2
    sleep 2
done

umask 077
start=$RUNTIME_DIRECTORY/start.html
printf '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=%s">\n' "$link" > "$start"
says=$RUNTIME_DIRECTORY/says
rm -f "$says"
mkfifo "$says"
exec {said}<> "$says"
"${CHROMIUM:-/usr/bin/chromium}" \
    --kiosk \
    --incognito \
    --user-data-dir="$RUNTIME_DIRECTORY/profile" \
    --no-first-run \
    --noerrdialogs \
    --hide-crash-restore-bubble \
    --password-store=basic \
    --autoplay-policy=no-user-gesture-required \
    --disable-background-timer-throttling \
    --disable-backgrounding-occluded-windows \
    --disable-renderer-backgrounding \
    --disable-background-networking \
    --disable-component-update \
    --disable-sync \
    --disable-features=Translate \
    --overscroll-history-navigation=0 \
    --enable-logging=stderr \
    "file://$start" > "$says" 2>&1 &
browser=$!
trap 'kill "$browser" 2> /dev/null || true' EXIT
trap 'exit 143' TERM INT

heard=$SECONDS
while ((SECONDS - heard < patience)); do
    if IFS= read -r -t 2 -u "$said" line; then
        case $line in
            *"minqing: the wall stands"*) heard=$SECONDS ;;
            *mqw_*) ;; # never into a log
            *) printf '%s\n' "$line" >&2 ;;
        esac
    elif ! kill -0 "$browser" 2> /dev/null; then
        wait "$browser"
        exit
    fi
done
echo "The wall has not stood for $patience s; its browser is ended" >&2
exit 1
