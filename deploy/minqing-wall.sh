#!/bin/sh
# Opens a wall in Chromium: waits for the server, then comes in by the link of the display. Run by minqing-wall.service.
#
# CREDENTIALS_DIRECTORY/link holds the link (https://minqing.example/wall/enter#mqw_...). It is handed on in a file that the
# user of the display alone may read: a command line is seen by everybody on the machine.
set -eu
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
exec "${CHROMIUM:-/usr/bin/chromium}" \
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
    "file://$start"
